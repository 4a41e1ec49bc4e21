import { expect, it } from 'vitest';
import { upgradeRecord } from '../../src/results/format-1.ts';

it.each([
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

it('a cell of format 1 without carriers stays without', () => {
  expect(upgradeRecord({ type: 'cell' })).toEqual({ type: 'cell' });
  expect(upgradeRecord({ type: 'cell', carriersCpuMs: {}, carriers: {} })).toEqual({ type: 'cell' });
});
