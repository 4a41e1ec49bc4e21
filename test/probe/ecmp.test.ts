import { describe, expect, test } from 'vitest';
import type { Router } from '../../src/cluster/contract/deployment.ts';
import type { Host } from '../../src/cluster/contract/host.ts';
import { ecmpRoutes, spreadProblems } from '../../src/probe/ecmp.ts';
import type { Problem } from '../../src/proof/problem.ts';

const node = (name: string, address: string): Host => ({
  name,
  role: 'worker',
  address,
  exec: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
  inNetwork: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
  async *lines() {},
});
const one = node('worker', '172.18.0.3');
const two = node('worker2', '172.18.0.4');

interface Seen {
  readonly gateways?: readonly string[];
  readonly states?: Readonly<Record<string, string>>;
  readonly policy?: string;
}
function router({ gateways = ['172.18.0.3', '172.18.0.4'], states = {}, policy = '1' }: Seen): Router {
  const route = gateways.length === 1 ? { gateway: gateways[0] } : { nexthops: gateways.map((gateway) => ({ gateway })) };
  return {
    host: {
      ...node('router', '172.18.0.9'),
      role: 'router',
      inNetwork: async ([program]) => {
        const routes = gateways.length === 0 ? '' : JSON.stringify([{ dst: '192.168.10.0', ...route }]);
        return { exitCode: 0, stdout: program === 'cat' ? `${policy}\n` : routes, stderr: '' };
      },
    },
    sessions: async () => [one, two].map(({ address: peer }) => ({ peer, state: states[peer] ?? 'Established' })),
  };
}
const problemsOf = async (seen: Seen) => (await ecmpRoutes(router(seen), '192.168.10.0', [one, two])).problems;

const place = { router: 'router', address: '192.168.10.0' };

describe('the routes of a top-of-rack router', () => {
  test('lead to every node that announces, and the hash policy is told', async () => {
    const { evidence, problems } = await ecmpRoutes(router({}), '192.168.10.0', [one, two]);
    expect(problems).toEqual([]);
    expect(evidence).toEqual([{ code: 'routes', ...place, via: ['172.18.0.3', '172.18.0.4'], sessions: 2, hashPolicy: '1' }]);
  });

  test.each<[string, Seen, Problem]>([
    [
      'a peer that is down is named with its state',
      { gateways: ['172.18.0.3'], states: { '172.18.0.4': 'Active' } },
      { code: 'session-down', node: 'worker2', router: 'router', state: 'Active' },
    ],
    ['a node that is no next hop is named', { gateways: ['172.18.0.3'] }, { code: 'no-next-hop', node: 'worker2', ...place }],
    [
      'a next hop that does not announce is named',
      { gateways: ['172.18.0.3', '172.18.0.4', '172.18.0.7'] },
      { code: 'stranger-next-hop', ...place, hop: '172.18.0.7' },
    ],
    [
      'hashing by addresses would send one client to one node',
      { policy: '0' },
      { code: 'hash-policy', router: 'router', policy: '0' },
    ],
  ])('%s', async (_name, seen, problem) => {
    expect(await problemsOf(seen)).toEqual([problem]);
  });
});

describe('the shares of the entries', () => {
  const shares = (first: number, second: number, connections = 200) =>
    spreadProblems(
      new Map([
        [one, first],
        [two, second],
      ]),
      [one, two],
      connections,
    );

  test('may differ as chance has it', () => {
    expect(shares(110, 90)).toEqual([]);
  });

  test('may not differ by more, and both nodes are named', () => {
    const common = { code: 'uneven-share', connections: 200, low: 77, high: 123 };
    expect(shares(150, 50)).toEqual([
      { ...common, node: 'worker', counted: 150 },
      { ...common, node: 'worker2', counted: 50 },
    ]);
  });

  test('must add up', () => {
    expect(shares(100, 99)).toEqual([{ code: 'connections-unseen', seen: 199, connections: 200 }]);
  });

  test('come in nowhere else', () => {
    const counts = new Map([
      [one, 195],
      [two, 5],
    ]);
    expect(spreadProblems(counts, [one], 200)).toContainEqual({ code: 'came-in-elsewhere', node: 'worker2', connections: 5 });
  });
});
