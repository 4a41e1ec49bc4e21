import { expect, test } from 'vitest';
import { upgradeRecord } from '../../src/results/format-1.ts';
import { proofRecord } from '../../src/results/schema.ts';

const proof = {
  type: 'proof',
  at: '2026-11-23T03:00:00.000Z',
  subject: 'path',
  cluster: 'ipvs',
  proven: false,
  evidence: ['worker: 12 of 12 new connections'],
  failures: ['worker: default/web: chain X counted 11 of 12 new connections'],
  problems: [{ code: 'miscounted', node: 'worker' }],
  unobservable: ['worker2: closed'],
  clientAddress: { client: '10.0.0.9', seen: ['10.0.0.1'], survived: 'no' },
};

test("a proof's sentences become facts that state them", () => {
  const upgraded = proofRecord.parse(upgradeRecord(proof));
  expect(upgraded).toMatchObject({
    evidence: [{ code: 'stated', text: 'worker: 12 of 12 new connections' }],
    problems: [{ code: 'stated', text: 'worker: default/web: chain X counted 11 of 12 new connections' }],
    unobserved: [{ code: 'stated', text: 'worker2: closed' }],
    clientAddress: { client: '10.0.0.9', found: 'nowhere' },
  });
  expect(upgraded).not.toHaveProperty('failures');
  const { unobservable: _, ...looked } = proof;
  expect(upgradeRecord(looked)).toMatchObject({ unobserved: [] });
});

test('hops of a path: its client, kernels, processes, the pods that answered', () => {
  const hops = [
    'outside (outside the cluster) connects to 172.18.0.3:80',
    'worker: kernel, ipvs (virtual server 10.96.0.100:80)',
    'worker: kernel redirects to a user-space process, which copies (10.96.0.100:80)',
    '[haproxy] haproxy-1 on worker: a process carries the request',
    'echo-1 on worker: saw 10.244.1.5 (haproxy)',
  ];
  const upgraded = proofRecord.parse(upgradeRecord({ ...proof, hops })).hops!;
  expect(upgraded).toMatchObject([
    { part: 'client' },
    { part: 'kernel' },
    { part: 'process', text: hops[2] },
    { part: 'process', program: 'haproxy', text: 'haproxy-1 on worker: a process carries the request' },
    { part: 'backend' },
  ]);
});

test.each([
  [
    'with what each carrier is',
    {
      carriersCpuMs: { 'nginx-daemonset-1 (nginx) on worker': 12.5, 'k3s (k3s) on server-0': 1 },
      carriers: {
        'nginx-daemonset-1 (nginx) on worker': { program: 'nginx', node: 'worker', runs: 'pod' },
        'k3s (k3s) on server-0': { program: 'k3s, the kubelet and the control plane in it', node: 'server-0', runs: 'node' },
      },
    },
    [
      { component: 'nginx', node: 'worker', kind: 'process', cpuNs: 12_500_000 },
      { component: 'k3s', node: 'server-0', kind: 'process', cpuNs: 1_000_000 },
    ],
  ],
  [
    'with names alone',
    { carriersCpuMs: { 'userspace-proxy on worker': 0.123457, nginx: 1 } },
    [
      { component: 'userspace-proxy', node: 'worker', kind: 'process', cpuNs: 123_457 },
      { component: 'nginx', node: '', kind: 'process', cpuNs: 1_000_000 },
    ],
  ],
])('a cell of format 1 %s becomes a list', (_, cell, carriers) => {
  expect(upgradeRecord({ type: 'cell', ...cell })).toEqual({ type: 'cell', carriers });
});

test('a cell of format 1 without carriers stays without', () => {
  expect(upgradeRecord({ type: 'cell' })).toEqual({ type: 'cell' });
  expect(upgradeRecord({ type: 'cell', carriersCpuMs: {}, carriers: {} })).toEqual({ type: 'cell' });
});
