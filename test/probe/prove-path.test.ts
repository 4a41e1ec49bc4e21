import { describe, expect, test } from 'vitest';
import type { Deployment, Target } from '../../src/cluster/contract/deployment.ts';
import type { Host } from '../../src/cluster/contract/host.ts';
import type { ProxyMode } from '../../src/cluster/contract/provider.ts';
import type { LoadSession } from '../../src/load/session.ts';
import { provePath } from '../../src/probe/prove-path.ts';
import type { Echo } from '../../src/workload/echo.ts';
import { nodePort, procIpvs, recorded } from './recorded-rules.ts';

const CONNECTIONS = 12;
const nothing = { exitCode: 1, stdout: '', stderr: '' };
const host = (name: string, role: Host['role'], address: string, exec: Host['exec'] = async () => nothing): Host => ({
  name,
  role,
  address,
  exec,
  lines: async function* () {},
  inNetwork: async () => nothing,
});

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');

/** A worker in ipvs mode that carried the client's first so many connections, to both endpoints in turn. */
const entry = (carried = CONNECTIONS, second = '0AF40916'): Host =>
  host('lab-worker', 'worker', '172.18.0.3', async ([, file]) => {
    const answer = (stdout: string) => ({ exitCode: 0, stdout, stderr: '' });
    if (file === '/proc/net/ip_vs') return answer(procIpvs(recorded('ipvsadm-save.txt').replaceAll('172.18.0.9', '172.18.0.3')));
    if (file !== '/proc/net/ip_vs_conn') return nothing;
    const lines = Array.from({ length: carried }, (_, index) => {
      const real = index % 2 ? second : '0AF40915';
      return `TCP AC120005 ${hex(40_001 + index, 4)} AC120003 ${hex(30080, 4)} ${real} 1F90 ESTABLISHED     899`;
    });
    return answer(lines.join('\n'));
  });
const outside = host('lab-client', 'client', '172.18.0.5');
const controlPlane = host('lab-control-plane', 'control-plane', '172.18.0.2');

const deployment: Deployment = {
  targets: [],
  services: [nodePort],
  endpoints: [
    { pod: 'echo-a', node: 'lab-worker', address: '10.244.9.21', port: 8080 },
    { pod: 'echo-b', node: 'lab-worker2', address: '10.244.9.22', port: 8080 },
  ],
  clients: [],
  controllers: [],
  facts: {},
  [Symbol.asyncDispose]: async () => {},
};
const viaNodePort: Target = {
  url: 'http://172.18.0.3:30080/',
  from: [outside],
  vantage: 'outside',
  topology: { entry: 'node-port', trafficPolicy: 'cluster' },
  entryNode: 'lab-worker',
  service: nodePort,
};
const direct: Target = { url: 'http://10.244.9.21:8080/', from: [outside], vantage: 'outside', topology: { entry: 'pod' } };

/** A generator whose connections are answered as told, one after another. */
const session = (answer: (index: number) => Partial<Echo> | { error: string }): LoadSession => ({
  host: outside,
  run: (async ({ kind }: { kind: string }) => {
    if (kind === 'release') return { id: 1, kind };
    const connections = Array.from({ length: CONNECTIONS }, (_, index) => {
      const end = { localAddress: '172.18.0.5', localPort: 40_001 + index };
      const said = answer(index);
      if ('error' in said) return { ...end, ...said };
      const pod = index % 2 ? { pod: 'echo-b', node: 'lab-worker2' } : { pod: 'echo-a', node: 'lab-worker' };
      const echo = { ...pod, remoteAddress: '172.18.0.3', remotePort: 1, ...said };
      return { ...end, status: 200, echo };
    });
    return { id: 1, kind, connections };
  }) as LoadSession['run'],
  [Symbol.asyncDispose]: async () => {},
});

interface Case {
  readonly target?: Target;
  readonly worker?: Host;
  readonly mode?: ProxyMode;
  readonly answer?: Parameters<typeof session>[0];
}
const prove = ({ target = viaNodePort, worker = entry(), mode = 'ipvs', answer = () => ({}) }: Case = {}) =>
  provePath([controlPlane, worker], mode, deployment, target, async () => session(answer));

describe('provePath', () => {
  test('three hops: the client, the rules of the node that it meets, the pods that answered and whom they saw', async () => {
    const proof = await prove();
    expect(proof.problems).toEqual([]);
    expect(proof.hops).toEqual([
      { kind: 'client', host: 'lab-client', to: ['172.18.0.3:30080'] },
      {
        kind: 'kernel',
        node: 'lab-worker',
        datapath: 'ipvs',
        led: ['echo-a', 'echo-b'].map((pod) => ({ pod, connections: 6 })),
      },
      {
        kind: 'pods',
        pods: [
          { pod: 'echo-a', node: 'lab-worker' },
          { pod: 'echo-b', node: 'lab-worker2' },
        ],
        saw: [{ address: '172.18.0.3', of: 'node', name: 'lab-worker' }],
      },
    ]);
    expect(proof.nodes).toEqual(['lab-control-plane', 'lab-worker']);
    expect(proof.evidence).toMatchObject([
      { code: 'came-in', node: 'lab-worker', by: 'service', port: 30080, entered: 12, sent: 12 },
      { code: 'answered', answers: 12, pods: ['echo-a', 'echo-b'], saw: ['172.18.0.3'] },
    ]);
  });

  test('cases 3: the objects that connections went through and the endpoints reached are data', async () => {
    const { objects, endpoints, problems } = await prove();
    expect(problems).toEqual([]);
    expect(objects).toEqual([
      { kind: 'virtual-server', node: 'lab-worker', name: '172.18.0.3:30080', moved: 12, seenBy: 'connections' },
      { kind: 'real-server', node: 'lab-worker', name: '10.244.9.21:8080', moved: 6, seenBy: 'connections' },
      { kind: 'real-server', node: 'lab-worker', name: '10.244.9.22:8080', moved: 6, seenBy: 'connections' },
    ]);
    expect(endpoints).toEqual([
      { pod: 'echo-a', node: 'lab-worker', address: '10.244.9.21', connections: 6 },
      { pod: 'echo-b', node: 'lab-worker2', address: '10.244.9.22', connections: 6 },
    ]);
    expect((await prove({ target: direct, answer: () => ({ pod: 'echo-a', remoteAddress: '172.18.0.5' }) })).endpoints).toEqual([
      { pod: 'echo-a', node: 'lab-worker', address: '10.244.9.21', connections: 12 },
    ]);
  });

  test('cases 3: endpoints that the kernel led to and pods that answered have to agree', async () => {
    const { problems } = await prove({ answer: () => ({ pod: 'echo-a' }) });
    expect(problems).toEqual([
      expect.objectContaining({ code: 'answers-disagree', endpoint: 'echo-a', counted: 6, answered: 12 }),
      expect.objectContaining({ code: 'answers-disagree', endpoint: 'echo-b', counted: 6, answered: 0 }),
    ]);
  });

  test('cases 3: one client, no session affinity, and one endpoint for all; and the other way round', async () => {
    const one = entry(CONNECTIONS, '0AF40915');
    const { problems } = await prove({ worker: one, answer: () => ({ pod: 'echo-a' }) });
    expect(problems).toEqual([expect.objectContaining({ code: 'affinity-seen', pod: 'echo-a', connections: 12, of: 2 })]);
    const asked = await prove({
      target: { ...viaNodePort, topology: { entry: 'node-port', trafficPolicy: 'cluster', sessionAffinity: 'client-ip' } },
    });
    expect(asked.problems.map(({ code }) => code)).toEqual(['affinity-missing', 'affinity-broken']);
  });

  test('a pod that saw the client itself, and one that saw an address of no node', async () => {
    const seen = async (remoteAddress: string) => (await prove({ answer: () => ({ remoteAddress }) })).hops.at(-1);
    expect(await seen('::ffff:172.18.0.5')).toMatchObject({ saw: [{ address: '172.18.0.5', of: 'client' }] });
    expect(await seen('10.244.1.1')).toMatchObject({ saw: [{ address: '10.244.1.1', of: 'unknown' }] });
  });

  test("a pod's own address has no rules in between", async () => {
    const proof = await prove({ target: direct, answer: () => ({ remoteAddress: '172.18.0.5' }) });
    expect(proof.problems).toEqual([]);
    expect(proof.hops).toHaveLength(2);
  });

  test('a closed node: the answers are judged, its part is unobserved, and no command runs there', async () => {
    const worker = {
      ...host('lab-worker', 'worker', '172.18.0.3', () => Promise.reject(new Error('entered'))),
      closed: 'cluster-scope-not-allowed' as const,
    };
    expect(await prove({ worker })).toMatchObject({
      problems: [],
      unobserved: [{ code: 'closed-node', node: 'lab-worker', because: 'cluster-scope-not-allowed' }],
      hops: [{ kind: 'client' }, { kind: 'closed-node', node: 'lab-worker' }, { kind: 'pods' }],
    });
    expect((await prove({ worker, answer: () => ({ pod: 'somebody-else' }) })).problems).toHaveLength(1);
    expect(await prove({ worker, target: direct })).toMatchObject({ unobserved: [] });
  });

  test('a connection more or less than was opened is no proof, and the node is named', async () => {
    const { problems } = await prove({ worker: entry(CONNECTIONS - 1) });
    expect(problems).toContainEqual(
      expect.objectContaining({
        code: 'miscounted',
        node: 'lab-worker',
        service: 'default/node-port',
        expected: 12,
        counted: 11,
      }),
    );
  });

  test('an answer from a pod that is no endpoint is no proof', async () => {
    const { problems } = await prove({ answer: (index) => (index === 5 ? { pod: 'somebody-else' } : {}) });
    expect(problems).toContainEqual({ code: 'answered-by-stranger', pods: ['somebody-else'] });
  });

  test('traffic policy Local: the client itself is seen, and only pods of the entry node answer', async () => {
    const target: Target = { ...viaNodePort, topology: { entry: 'node-port', trafficPolicy: 'local' } };
    const { problems } = await prove({ target });
    expect(problems).toMatchObject([
      { code: 'remote-endpoint', endpoint: { pod: 'echo-b' } },
      { code: 'answered-elsewhere', node: 'lab-worker', pod: 'echo-b', podNode: 'lab-worker2' },
      { code: 'masqueraded', node: 'lab-worker', saw: '172.18.0.3' },
    ]);
  });

  test('connections without an answer, with their reasons', async () => {
    const { problems } = await prove({ answer: (index) => (index < 10 ? { pod: 'echo-a' } : { error: 'ECONNREFUSED' }) });
    expect(problems).toMatchObject([{ code: 'no-answer', failed: 2, of: 12, statuses: [], errors: ['ECONNREFUSED'] }]);
  });

  test('rules that cannot be read are no proof, and the command is named', async () => {
    const { problems } = await prove({ mode: 'nftables' });
    expect(problems).toContainEqual(
      expect.objectContaining({ code: 'rules-unreadable', node: 'lab-worker', command: 'nft --json list table ip kube-proxy' }),
    );
  });
});
