import { describe, expect, test } from 'vitest';
import { LabFileError } from '../../src/errors.ts';
import { parseLab } from '../../src/lab/read-lab.ts';

/** What is said against a lab with one target, beside its position. */
function saidAgainst(target: Record<string, unknown>, fields: Record<string, unknown> = {}): string[] {
  try {
    parseLab(
      JSON.stringify({ question: 'What?', proxyModes: ['nftables'], targets: [target], ...fields }, undefined, 2),
      'x.yaml',
    );
    return [];
  } catch (error) {
    if (!(error instanceof LabFileError)) throw error;
    return error.message.split('\n').map((line) => line.replace(/^x\.yaml:\d+:\d+: /, ''));
  }
}
const nginx = { entry: 'ingress', controller: 'nginx', exposure: 'host-port', from: 'outside' };
const balanced = { entry: 'load-balancer', announce: 'l2', from: 'outside' };

describe('the ways into a cluster', () => {
  test.each([
    ['an ingress on a hostPort', nginx],
    ['a LoadBalancer', balanced],
    [
      'an ingress behind one, policy Local',
      { ...nginx, exposure: 'load-balancer', announce: 'bgp', trafficPolicy: 'local', replicas: 3 },
    ],
    ['the pod from outside', { entry: 'pod', from: 'outside' }],
    ['a ClusterIP of the own node only', { entry: 'cluster-ip', internalTrafficPolicy: 'local', sessionAffinity: 'client-ip' }],
    ['a NodePort with affinity', { entry: 'node-port', trafficPolicy: 'local', sessionAffinity: 'client-ip' }],
    ['a LoadBalancer with affinity', { ...balanced, sessionAffinity: 'client-ip' }],
    ['what is so anyway', { entry: 'pod', internalTrafficPolicy: 'cluster', sessionAffinity: 'none' }],
  ])('%s is sound', (_name, target) => {
    expect(saidAgainst(target)).toEqual([]);
  });

  test.each([
    [
      'from a pod',
      { ...nginx, from: 'pod' },
      'ingress is a way into the cluster; from a pod, kube-proxy bypasses it, allowed: outside',
    ],
    [
      'an ingress without a controller',
      { ...nginx, controller: undefined },
      'an ingress needs a controller, allowed: nginx, traefik, haproxy',
    ],
    [
      'cases 5.5: a tuning of what has no proxy',
      { entry: 'pod', from: 'outside', tuning: 'defaults' },
      'tuning is only for entry: ingress',
    ],
    [
      'an ingress without exposure',
      { ...nginx, exposure: undefined },
      'an ingress needs exposure: how its controller is reached, allowed: host-port, node-port, load-balancer',
    ],
    [
      'a LoadBalancer that nobody announces',
      { ...balanced, announce: undefined },
      'a load-balancer needs announce: how its address is announced, allowed: l2, bgp, servicelb',
    ],
    ['a NodePort that is announced', { entry: 'node-port', announce: 'l2' }, 'announce is only for load-balancer'],
    ['replicas of a Service', { entry: 'cluster-ip', replicas: 2 }, 'replicas is only for entry: ingress'],
    [
      'internalTrafficPolicy of what enters from outside',
      { entry: 'node-port', internalTrafficPolicy: 'local' },
      'internalTrafficPolicy is only for cluster-ip; entries from outside use trafficPolicy',
    ],
    [
      'session affinity of a pod',
      { entry: 'pod', sessionAffinity: 'client-ip' },
      'sessionAffinity is only for cluster-ip, node-port and load-balancer',
    ],
    [
      'session affinity in front of a controller',
      { ...nginx, sessionAffinity: 'client-ip' },
      'sessionAffinity is only for cluster-ip, node-port and load-balancer',
    ],
    ['a policy at a hostPort', { ...nginx, trafficPolicy: 'local' }, 'trafficPolicy is only for node-port and load-balancer'],
    [
      'more pods on a hostPort than workers',
      { ...nginx, replicas: 3 },
      'each node has a hostPort only once, and 2 workers are too few for 3 replicas, allowed: 1 to 2',
    ],
    [
      'more echo pods on a hostPort than workers',
      { entry: 'host-port', from: 'outside' },
      "each node has a hostPort only once, and 2 workers are too few for the workload's 4 replicas",
    ],
  ])('%s is refused', (_name, target, said) => {
    expect(saidAgainst(target)).toEqual([said]);
  });

  test.each([
    [
      'a Service of servicelb by two ways',
      [{}, { entry: 'ingress', controller: 'nginx', exposure: 'node-port', announce: undefined }],
      [],
    ],
    [
      'beside MetalLB',
      [{}, { announce: 'l2' }],
      ['servicelb serves every LoadBalancer of its cluster; move this target to another lab'],
    ],
    [
      'two Services',
      [{}, { trafficPolicy: 'local' }],
      ['servicelb uses port 80 of every node, so only one target can have it; move this target to another lab'],
    ],
    [
      'beside a controller on hostPort 80',
      [{}, { ...nginx, announce: undefined }],
      ['servicelb uses port 80 of every node, the same as this hostPort; move one of the two targets to another lab'],
    ],
  ] as const)('servicelb has the port of every node once: %s', (_name, targets, said) => {
    const servicelb = { ...balanced, announce: 'servicelb' };
    expect(saidAgainst(servicelb, { targets: targets.map((target) => ({ ...servicelb, ...target })) })).toEqual(said);
  });

  test('a way of one hop is none', () => {
    expect(saidAgainst(nginx, { hops: true })).toEqual(['hops need two targets or more; add targets']);
  });

  test('hops are of one cluster and seen from one place', () => {
    const targets = [{ entry: 'pod' }, { entry: 'cluster-ip', from: 'outside' }];
    expect(saidAgainst({}, { hops: true, services: [10, 100], targets })).toEqual([
      'all hops need the same vantage; this target has another, allowed: pod',
      'hops are within one cluster; remove services and positions',
    ]);
  });

  test('a router spreads over so many nodes, a pool of addresses is for one cluster', () => {
    const byBgp = { ...balanced, announce: 'bgp' };
    expect(saidAgainst(byBgp, { cluster: { workers: 17 } })).toEqual([
      'the router spreads over at most 16 nodes, and the cluster has 17 workers',
    ]);
    expect(saidAgainst(balanced, { cluster: { addressPool: '172.18.255.0/28' } })).toEqual([]);
    expect(saidAgainst(balanced, { cluster: { addressPool: '172.18.255.0/28' }, reference: 'iptables' })).toEqual([
      'an address pool is for one cluster, and this lab runs several at the same time; without it, each cluster finds its own',
    ]);
  });

  describe('cases 9.10: the networks that bgp needs', () => {
    const byBgp = { ...balanced, announce: 'bgp' };
    test.each([
      [{ routerNetwork: '192.168.20.0/24', bgpPool: '10.9.0.0/28' }],
      [{ routerNetwork: '172.31.0.0/30' }],
      [{ bgpPool: '198.18.0.0/16' }],
      [{ bgpPool: '100.64.7.7/32' }],
    ])('%j are sound', (cluster) => {
      expect(saidAgainst(byBgp, { cluster })).toEqual([]);
    });

    const parts = 'part of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or 198.18.0.0/15';
    test.each([
      [{ bgpPool: '300.0.0.0/24' }, /^"300\.0\.0\.0\/24" is not an IPv4 network$/],
      [{ bgpPool: '10.0.0.0/33' }, /is not an IPv4 network/],
      [
        { routerNetwork: '192.168.20.7/24' },
        /^192\.168\.20\.7\/24 is an address inside of a network, allowed: 192\.168\.20\.0\/24$/,
      ],
      [{ routerNetwork: '192.168.20.0/31' }, /^\/31 is not allowed for routerNetwork, allowed: \/16 to \/30$/],
      [{ bgpPool: '10.0.0.0/8' }, /^\/8 is not allowed for bgpPool, allowed: \/16 to \/32$/],
      [{ bgpPool: '8.8.8.0/24' }, new RegExp(`^8\\.8\\.8\\.0/24 is not private: .*, allowed: ${parts}$`)],
      [{ bgpPool: '172.32.0.0/16' }, /is not private/],
      [{ routerNetwork: '127.0.0.0/24' }, /is not private/],
      [{ bgpPool: '10.9.0.0/24', routerNetwork: '10.9.0.128/25' }, /^10\.9\.0\.0\/24 overlaps routerNetwork 10\.9\.0\.128\/25$/],
      [{ bgpPool: '172.18.255.0/24', addressPool: '172.18.255.0/28' }, /overlaps addressPool/],
      [{ bgpPool: 'nonsense' }, /bgpPool/],
      [{ routerNetwork: 'fc00::/64' }, /routerNetwork/],
    ])('%j is refused', (cluster, said) => {
      const [first, ...more] = saidAgainst(byBgp, { cluster });
      expect([first, more]).toEqual([expect.stringMatching(said), []]);
    });

    test('they go with bgp', () => {
      expect(saidAgainst(balanced, { cluster: { bgpPool: '10.9.0.0/28' } })).toEqual([
        'bgpPool is only for targets with announce: bgp',
      ]);
    });
  });

  test('only a ClusterIP has a position, and an ingress no first packet', () => {
    expect(saidAgainst({ entry: 'node-port' }, { services: [10], positions: ['last'] })).toEqual([
      'only a ClusterIP has a position in the rules; add a cluster-ip target',
    ]);
    expect(saidAgainst(nginx, { series: ['first-packet'] })).toEqual([
      "at an ingress the controller's process accepts the connection, so the kernel forwards no first packet to the backend, allowed: keep-alive, new-connection",
    ]);
  });
});

test('a key that says what is so without it makes no other target', () => {
  const targets = [{ entry: 'cluster-ip' }, { entry: 'cluster-ip', internalTrafficPolicy: 'cluster', sessionAffinity: 'none' }];
  expect(saidAgainst(targets[0]!, { targets })).toEqual(['duplicate: cluster-ip, from pod, trafficPolicy cluster']);
  const apart = [{ entry: 'cluster-ip' }, { entry: 'cluster-ip', internalTrafficPolicy: 'local' }];
  expect(saidAgainst(apart[0]!, { targets: apart })).toEqual([]);
});

test('positions are of plain ClusterIPs', () => {
  const fields = { services: [10], positions: ['first'] };
  expect(saidAgainst({ entry: 'cluster-ip', sessionAffinity: 'client-ip' }, fields)).toEqual([
    'positions need plain ClusterIPs; remove internalTrafficPolicy and sessionAffinity',
  ]);
});
