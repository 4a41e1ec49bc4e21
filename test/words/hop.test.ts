import { expect, test } from 'vitest';
import type { Hop } from '../../src/proof/hop.ts';
import { hopTexts, shortNames, shownHops } from '../../src/words/hop.ts';

const nodes = ['lab-control-plane', 'lab-worker', 'lab-worker2'];
const servers = ['10.244.9.21:8080', '10.244.9.22:8080'].map((name) => ({ kind: 'real-server' as const, name, moved: 6 }));
const objects = [{ kind: 'virtual-server' as const, name: '172.18.0.3:30080', moved: 12 }, ...servers].map((object) => ({
  ...object,
  node: 'lab-worker',
  seenBy: 'connections' as const,
}));

test('a path by hops: the client, the rules of the node that it meets, the pods that answered and whom they saw', () => {
  const hops: Hop[] = [
    { kind: 'client', host: 'lab-client', to: ['172.18.0.3:30080'] },
    {
      kind: 'kernel',
      node: 'lab-worker',
      datapath: 'ipvs',
      led: [
        { pod: 'echo-a', connections: 6 },
        { pod: 'echo-b', connections: 6 },
      ],
    },
    {
      kind: 'pods',
      pods: [
        { pod: 'echo-a', node: 'lab-worker' },
        { pod: 'echo-b', node: 'lab-worker2' },
      ],
      saw: [{ address: '172.18.0.3', of: 'node', name: 'lab-worker' }],
    },
  ];
  expect(hopTexts({ hops, objects, nodes })).toEqual([
    'client (outside the cluster) connects to 172.18.0.3:30080',
    'worker: kernel, ipvs (12 connections by virtual server 172.18.0.3:30080, to echo-a 6, echo-b 6)',
    'echo-a on worker, echo-b on worker2: saw 172.18.0.3 (masqueraded by worker)',
  ]);
});

test('a way through a router and a proxy; the proxy is a process and named', () => {
  const hops: Hop[] = [
    { kind: 'client', host: 'lab-client', node: 'lab-worker', to: ['192.168.10.0:80'] },
    { kind: 'router', host: 'lab-router' },
    { kind: 'kernel', node: 'lab-worker', datapath: 'iptables', led: [], answersArpFor: '192.168.10.0' },
    { kind: 'controller', controller: 'nginx', pods: [{ pod: 'nginx-1', node: 'lab-worker2' }] },
    { kind: 'servicelb', node: 'lab-worker' },
    { kind: 'userspace-proxy', node: 'lab-worker2', passesServicelb: true },
    { kind: 'closed-node', node: 'lab-worker' },
  ];
  expect(shownHops({ hops, nodes }).map(({ part, program }) => program ?? part)).toEqual([
    'client',
    'kernel',
    'kernel',
    'nginx',
    'servicelb',
    'process',
    'kernel',
  ]);
  expect(hopTexts({ hops, nodes }).slice(0, 4)).toEqual([
    'client (pod on worker) connects to 192.168.10.0:80',
    'router: routes',
    'worker: answers ARP for 192.168.10.0; kernel, iptables (0 connections by no counted object)',
    '[nginx] nginx-1 on worker2: a process forwards the request',
  ]);
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
