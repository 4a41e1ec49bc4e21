import { expect, it } from 'vitest';
import type { Topology } from '../../src/cluster/topology.ts';
import { wantedControllers } from '../../src/cluster/wanted.ts';

const nginx = { entry: 'ingress', controller: 'nginx', placement: 'daemonset' } as const;
const haproxy = { entry: 'ingress', controller: 'haproxy', placement: { replicas: 2 } } as const;

it('asks for one set of pods for each controller and placement, each with a hostPort of its own and each Service once', () => {
  const topologies: Topology[] = [
    { entry: 'pod' },
    { ...haproxy, exposure: { entry: 'host-port' } },
    { ...nginx, exposure: { entry: 'node-port', trafficPolicy: 'cluster' } },
    { ...nginx, exposure: { entry: 'load-balancer', announce: 'l2', trafficPolicy: 'cluster' } },
    { ...nginx, exposure: { entry: 'load-balancer', announce: 'l2', trafficPolicy: 'cluster' } },
    { ...nginx, placement: { replicas: 1 }, exposure: { entry: 'host-port' } },
    { ...nginx, exposure: { entry: 'host-port' } },
  ];
  expect(wantedControllers(topologies)).toEqual([
    { id: 'haproxy-2', controller: 'haproxy', placement: { replicas: 2 }, hostPort: 80, served: [] },
    {
      id: 'nginx-daemonset',
      controller: 'nginx',
      placement: 'daemonset',
      hostPort: 8081,
      served: [
        { entry: 'node-port', trafficPolicy: 'cluster' },
        { entry: 'load-balancer', announce: 'l2', trafficPolicy: 'cluster' },
      ],
    },
    { id: 'nginx-1', controller: 'nginx', placement: { replicas: 1 }, hostPort: 8082, served: [] },
  ]);
});
