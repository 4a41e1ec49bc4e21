import type { V1Service } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import type { PooledAnnouncement } from '../../../src/cluster/contract/topology.ts';
import { leaderOf } from '../../../src/cluster/fabric/announce-l2.ts';
import { announcedAddresses } from '../../../src/cluster/fabric/announcements.ts';
import { announcementOf } from '../../../src/cluster/kube/manifests/service.ts';
import { servedObjects } from '../../../src/cluster/netns/objects.ts';

const workers = ['worker', 'worker2'];
const isAnnounced = (how: PooledAnnouncement) => (service: V1Service) => announcementOf(service) === how;
const objects = (ready: readonly string[]) =>
  servedObjects(
    {
      app: 'echo',
      port: 8080,
      pods: workers.map((node, index) => ({
        pod: `echo-${index}`,
        node,
        address: `10.244.${index + 1}.2`,
        ready: ready.includes(node),
      })),
      entries: [
        { entry: 'cluster-ip' },
        { entry: 'load-balancer', announce: 'l2', trafficPolicy: 'cluster' },
        { entry: 'load-balancer', announce: 'l2', trafficPolicy: 'local' },
        { entry: 'load-balancer', announce: 'bgp', trafficPolicy: 'local' },
      ],
    },
    {
      firstIndex: 0,
      addresses: new Map([
        ['echo-l2', '172.18.255.224'],
        ['echo-l2-local', '172.18.255.225'],
        ['echo-bgp-local', '192.168.10.1'],
      ]),
    },
  );

describe('the nodes that may announce an address', () => {
  it('are all workers with traffic policy Cluster, those with an endpoint with Local, and none without endpoints', () => {
    expect(announcedAddresses(objects(['worker2']), workers, isAnnounced('l2'))).toEqual([
      { address: '172.18.255.224', nodes: workers },
      { address: '172.18.255.225', nodes: ['worker2'] },
    ]);
    expect(announcedAddresses(objects(workers), workers, isAnnounced('bgp'))).toEqual([
      { address: '192.168.10.1', nodes: workers },
    ]);
    expect(announcedAddresses(objects([]), workers, isAnnounced('l2')).map(({ nodes }) => nodes)).toEqual([[], []]);
  });

  it('have one leader by l2, the same whatever their order', () => {
    expect(leaderOf('172.18.255.224', workers)).toBe(leaderOf('172.18.255.224', [...workers].reverse()));
    expect(leaderOf('172.18.255.224', [])).toBeUndefined();
    const leaders = Array.from({ length: 16 }, (_, index) => leaderOf(`172.18.255.${224 + index}`, workers));
    expect(new Set(leaders).size).toBe(2);
  });
});

it('gives a LoadBalancer what an API server and MetalLB give it', () => {
  const service = objects(workers).services[2]!;
  expect(service.status?.loadBalancer?.ingress).toEqual([{ ip: '172.18.255.225', ipMode: 'VIP' }]);
  expect(service.spec).toMatchObject({
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    clusterIP: '10.96.0.102',
    healthCheckNodePort: 31_102,
  });
});
