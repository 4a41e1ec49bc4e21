import { describe, expect, test } from 'vitest';
import type { Deployment, Target } from '../../src/cluster/deployment.ts';
import type { Host } from '../../src/cluster/host.ts';
import type { ProxyMode } from '../../src/cluster/provider.ts';
import type { Echo } from '../../src/load/protocol.ts';
import type { LoadSession } from '../../src/load/session.ts';
import { provePath, shortNames } from '../../src/probe/prove-path.ts';
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

/** A worker in ipvs mode whose connection tracking shows the client's first so many connections. */
const entry = (tracked = CONNECTIONS): Host =>
  host('lab-worker', 'worker', '172.18.0.3', async ([, file]) => {
    if (file === '/proc/net/ip_vs') return { exitCode: 0, stdout: procIpvs(recorded('ipvsadm-save.txt')), stderr: '' };
    const lines = Array.from({ length: tracked }, (_, index) => {
      const port = 40_001 + index;
      return `ipv4     2 tcp      6 86399 ESTABLISHED src=172.18.0.5 dst=172.18.0.3 sport=${port} dport=30080 src=10.244.9.21 dst=172.18.0.3 sport=8080 dport=${port} [ASSURED] mark=0 zone=0 use=2`;
    });
    return file === '/proc/net/nf_conntrack' ? { exitCode: 0, stdout: lines.join('\n'), stderr: '' } : nothing;
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
  serveBy: async () => {},
  [Symbol.asyncDispose]: async () => {},
};
const viaNodePort: Target = {
  url: 'http://172.18.0.3:30080/',
  from: outside,
  vantage: 'outside',
  topology: { entry: 'node-port', trafficPolicy: 'cluster' },
  entryNode: 'lab-worker',
  service: nodePort,
};
const direct: Target = { url: 'http://10.244.9.21:8080/', from: outside, vantage: 'outside', topology: { entry: 'pod' } };

/** A generator whose connections are answered as told, one after another. */
const session = (answer: (index: number) => Partial<Echo> | { error: string }): LoadSession => ({
  host: outside,
  run: (async ({ kind }: { kind: string }) => {
    if (kind === 'release') return { id: 1, kind };
    const connections = Array.from({ length: CONNECTIONS }, (_, index) => {
      const end = { localAddress: '172.18.0.5', localPort: 40_001 + index };
      const said = answer(index);
      if ('error' in said) return { ...end, ...said };
      const echo = { pod: 'echo-a', node: 'lab-worker', remoteAddress: '172.18.0.3', remotePort: 1, ...said };
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
    const proof = await prove({ answer: (index) => (index % 2 ? { pod: 'echo-b', node: 'lab-worker2' } : {}) });
    expect(proof.failures).toEqual([]);
    expect(proof.hops).toEqual([
      'client (outside the cluster) connects to 172.18.0.3:30080',
      'worker: kernel, ipvs (virtual server 10.96.100.2:80, 2 real servers)',
      'echo-a on worker, echo-b on worker2: saw 172.18.0.3 (masqueraded by worker)',
    ]);
    expect(proof.evidence).toEqual([
      "lab-worker: 12 new connections to 172.18.0.3:30080 added 12 (connection tracking, by the clients' own ports)",
      '12 answers from 2 pods, which saw 172.18.0.3',
    ]);
  });

  test('a pod that saw the client itself, and one that saw an address of no node', async () => {
    const seen = async (remoteAddress: string) => (await prove({ answer: () => ({ remoteAddress }) })).hops.at(-1);
    expect(await seen('::ffff:172.18.0.5')).toMatch(/saw 172\.18\.0\.5 \(the client itself\)$/);
    expect(await seen('10.244.1.1')).toMatch(/saw 10\.244\.1\.1 \(masqueraded by an address of a node\)$/);
  });

  test("a pod's own address has no rules in between", async () => {
    const proof = await prove({ target: direct, answer: () => ({ remoteAddress: '172.18.0.5' }) });
    expect(proof.failures).toEqual([]);
    expect(proof.hops).toHaveLength(2);
  });

  test('a node that nobody can look into: the answers are judged, its part is unobservable, and no command runs there', async () => {
    const worker = {
      ...host('lab-worker', 'worker', '172.18.0.3', () => Promise.reject(new Error('entered'))),
      unobservable: 'closed',
    };
    expect(await prove({ worker })).toMatchObject({
      failures: [],
      unobservable: ['lab-worker: closed'],
      hops: [expect.anything(), 'worker: not looked into', expect.stringContaining('echo-a on worker')],
    });
    expect((await prove({ worker, answer: () => ({ pod: 'somebody-else' }) })).failures).toHaveLength(1);
    expect(await prove({ worker, target: direct })).not.toHaveProperty('unobservable');
  });

  test('a connection more or less than was opened is no proof, and the node is named', async () => {
    const { failures } = await prove({ worker: entry(CONNECTIONS - 1) });
    expect(failures).toEqual([
      "lab-worker: 12 new connections to 172.18.0.3:30080 added 11 (connection tracking, by the clients' own ports), which is not 12",
    ]);
  });

  test('an answer from a pod that is no endpoint is no proof', async () => {
    const { failures } = await prove({ answer: (index) => (index === 5 ? { pod: 'somebody-else' } : {}) });
    expect(failures).toEqual(['answered by somebody-else, which is no endpoint of the target']);
  });

  test('traffic policy Local: the client itself is seen, and only pods of the entry node answer', async () => {
    const target: Target = { ...viaNodePort, topology: { entry: 'node-port', trafficPolicy: 'local' } };
    expect((await prove({ target, answer: () => ({ remoteAddress: '172.18.0.5' }) })).failures).toEqual([]);
    expect((await prove({ target, answer: () => ({ pod: 'echo-b', node: 'lab-worker2' }) })).failures).toEqual([
      'lab-worker: traffic policy Local, and echo-b on lab-worker2 answered',
      'lab-worker: traffic policy Local, and the pod saw 172.18.0.3, not the client',
    ]);
  });

  test('connections without an answer are told with their reasons', async () => {
    const { failures, hops } = await prove({ answer: (index) => (index < 10 ? { pod: 'echo-a' } : { error: 'ECONNREFUSED' }) });
    expect(failures).toEqual(['2 of 12 new connections to http://172.18.0.3:30080/ got no answer (ECONNREFUSED)']);
    expect(hops.some((hop) => hop.includes('kernel'))).toBe(false);
  });

  test('rules that are not on the node are missed before anything is counted', async () => {
    const { failures } = await prove({ mode: 'nftables' });
    expect(failures.every((failure) => failure.startsWith('lab-worker: '))).toBe(true);
    expect(failures).toContainEqual(expect.stringContaining('map service-nodeports has no element for port 30080'));
  });
});

test.each([
  [
    ['lab-control-plane', 'lab-worker', 'lab-worker2'],
    ['control-plane', 'worker', 'worker2'],
  ],
  [
    ['a-b-worker', 'a-b-worker2'],
    ['worker', 'worker2'],
  ],
  [['one'], ['one']],
  [['lab-node'], ['node']],
  [
    ['alpha', 'beta'],
    ['alpha', 'beta'],
  ],
  [[], []],
])('%j are shortened to %j, and other names stay', (names, expected) => {
  const short = shortNames(names);
  expect(names.map(short)).toEqual(expected);
  expect(short('10.0.0.1')).toBe('10.0.0.1');
});
