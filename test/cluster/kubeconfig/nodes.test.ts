import type { V1Node } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { chooseNodes, usableNodes } from '../../../src/cluster/kubeconfig/nodes.ts';

const node = (
  name: string,
  { labels = {}, spec = {}, ready = 'True' }: { labels?: Record<string, string>; spec?: V1Node['spec']; ready?: string } = {},
): V1Node => ({
  metadata: { name, labels },
  spec: spec ?? {},
  status: {
    addresses: [
      { type: 'InternalIP', address: 'fd00::1' },
      { type: 'InternalIP', address: '10.0.0.1' },
    ],
    conditions: [{ type: 'Ready', status: ready }],
  },
});
const control = node('z-control', { labels: { 'node-role.kubernetes.io/control-plane': '' } });
const names = (nodes: readonly V1Node[], workers: number) => chooseNodes(usableNodes(nodes), workers)?.map(({ name }) => name);

test('the client stands on a control plane, and as many workers as asked for carry pods, however many there are', () => {
  expect(names([node('c'), node('b'), control, node('a')], 2)).toEqual(['z-control', 'a', 'b']);
});

test('where no control plane is to be seen, the client stands on a node without an echo pod', () => {
  expect(names([node('a'), node('b'), node('c')], 2)).toEqual(['c', 'a', 'b']);
  expect(names([node('a'), node('b')], 2)).toBeUndefined();
});

test('nodes that take nobody are left out', () => {
  const others = [
    node('tainted', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }),
    node('cordoned', { spec: { unschedulable: true } }),
    node('late', { ready: 'False' }),
    node('windows', { labels: { 'kubernetes.io/os': 'windows' } }),
  ];
  expect(names([control, ...others], 1)).toBeUndefined();
  expect(usableNodes([node('a')])).toMatchObject([{ hostname: 'a', address: '10.0.0.1' }]);
});
