import { expect, test } from 'vitest';
import type { Target } from '../../../src/cluster/contract/deployment.ts';
import type { Host } from '../../../src/cluster/contract/host.ts';
import type { Topology } from '../../../src/cluster/contract/topology.ts';
import type { Reaches } from '../../../src/cluster/kube/platform.ts';
import { reachedTargets } from '../../../src/cluster/kube/reached-targets.ts';

const outside = { name: 'here' } as Host;
const inside = { name: 'client', node: 'one' } as Host;
const target = (topology: Topology, from: Host): Target => ({
  url: 'http://10.96.0.9:80/',
  from: [from],
  vantage: from === outside ? 'outside' : 'pod',
  topology,
  entryNode: 'one',
});
const nodePort = { entry: 'node-port', trafficPolicy: 'cluster' } as const;
const targets = [outside, inside].flatMap((from) =>
  [{ entry: 'pod' } as const, { entry: 'cluster-ip' } as const, nodePort].map((one) => target(one, from)),
);
const reached = async (reaches: Partial<Reaches>) =>
  (
    await reachedTargets(targets, outside, {
      nodes: true,
      pods: false,
      services: false,
      entryOf: async () => undefined,
      ...reaches,
    })
  ).filter(({ from }) => from.includes(outside));

test('from outside only what this machine has a route to is a target; from pods all are', async () => {
  expect((await reached({})).map(({ topology }) => topology.entry)).toEqual(['node-port']);
  expect(await reached({ nodes: false })).toEqual([]);
  expect((await reached({ pods: true, services: true })).map(({ topology }) => topology.entry)).toEqual([
    'pod',
    'cluster-ip',
    'node-port',
  ]);
  expect(
    await reachedTargets(targets, outside, { nodes: false, pods: false, services: false, entryOf: async () => undefined }),
  ).toHaveLength(3);
});

test('a ClusterIP from outside is entered by the node to which the route leads, or nobody knows by which', async () => {
  const entryOf = async (address: string) => (address === '10.96.0.9' ? 'two' : undefined);
  expect((await reached({ services: true, entryOf }))[0]?.entryNode).toBe('two');
  expect((await reached({ services: true }))[0]).not.toHaveProperty('entryNode');
});
