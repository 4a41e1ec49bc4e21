import { expect, it } from 'vitest';
import { askedControllers } from '../../../src/cluster/contract/asked-controllers.ts';
import type { Topology } from '../../../src/cluster/contract/topology.ts';

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
  expect(askedControllers(topologies)).toEqual([
    { id: 'haproxy-2', controller: 'haproxy', placement: { replicas: 2 }, tuning: 'fair', hostPort: 80, served: [] },
    {
      id: 'nginx-daemonset',
      controller: 'nginx',
      placement: 'daemonset',
      tuning: 'fair',
      hostPort: 8081,
      served: [
        { entry: 'node-port', trafficPolicy: 'cluster' },
        { entry: 'load-balancer', announce: 'l2', trafficPolicy: 'cluster' },
      ],
    },
    { id: 'nginx-1', controller: 'nginx', placement: { replicas: 1 }, tuning: 'fair', hostPort: 8082, served: [] },
  ]);
});

it('cases 5.5: one controller in two tunings is two sets of pods, each on a hostPort of its own; no tuning is fair', () => {
  const onHost = { ...nginx, exposure: { entry: 'host-port' } } as const;
  const topologies: Topology[] = [onHost, { ...onHost, tuning: 'fair' }, { ...onHost, tuning: 'defaults' }];
  const wanted = askedControllers(topologies);
  expect(wanted.map(({ id, tuning, hostPort }) => [id, tuning, hostPort])).toEqual([
    ['nginx-daemonset', 'fair', 80],
    ['nginx-daemonset-defaults', 'defaults', 8081],
  ]);
});
