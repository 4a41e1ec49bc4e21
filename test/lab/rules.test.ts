import { describe, expect, test } from 'vitest';
import { LabFileError } from '../../src/errors.ts';
import { parseLab } from '../../src/lab/load.ts';

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
      'ingress is a way into the cluster; from a pod kube-proxy would cut it short, allowed: outside',
    ],
    [
      'an ingress without a controller',
      { ...nginx, controller: undefined },
      'an ingress needs a controller, allowed: nginx, traefik, haproxy',
    ],
    [
      'an ingress without exposure',
      { ...nginx, exposure: undefined },
      'an ingress needs exposure: how its controller is reached, allowed: host-port, node-port, load-balancer',
    ],
    [
      'a LoadBalancer that nobody announces',
      { ...balanced, announce: undefined },
      'a load-balancer needs announce: how its address is made known, allowed: l2, bgp, servicelb',
    ],
    ['a NodePort that is announced', { entry: 'node-port', announce: 'l2' }, 'announce goes with load-balancer only'],
    ['replicas of a Service', { entry: 'cluster-ip', replicas: 2 }, 'replicas goes with entry: ingress only'],
    [
      'internalTrafficPolicy of what enters from outside',
      { entry: 'node-port', internalTrafficPolicy: 'local' },
      'internalTrafficPolicy goes with cluster-ip only; what enters from outside has trafficPolicy',
    ],
    [
      'session affinity of a pod',
      { entry: 'pod', sessionAffinity: 'client-ip' },
      'sessionAffinity goes with cluster-ip, node-port and load-balancer only',
    ],
    [
      'session affinity in front of a controller',
      { ...nginx, sessionAffinity: 'client-ip' },
      'sessionAffinity goes with cluster-ip, node-port and load-balancer only',
    ],
    ['a policy at a hostPort', { ...nginx, trafficPolicy: 'local' }, 'trafficPolicy goes with node-port and load-balancer only'],
    [
      'more pods on a hostPort than workers',
      { ...nginx, replicas: 3 },
      'a hostPort is taken once on every node, and 2 workers are too few for 3 replicas, allowed: 1 to 2',
    ],
    [
      'more echo pods on a hostPort than workers',
      { entry: 'host-port', from: 'outside' },
      "a hostPort is taken once on every node, and 2 workers are too few for the workload's 4 replicas",
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
      ['servicelb answers for all LoadBalancers of its cluster; give this one a lab of its own'],
    ],
    [
      'two Services',
      [{}, { trafficPolicy: 'local' }],
      ['servicelb takes port 80 of the nodes for one Service; give this one a lab of its own'],
    ],
    [
      'beside a controller on hostPort 80',
      [{}, { ...nginx, announce: undefined }],
      ['servicelb takes port 80 of the nodes, which is this hostPort; give one of both a lab of its own'],
    ],
  ] as const)('servicelb has the port of every node once: %s', (_name, targets, said) => {
    const servicelb = { ...balanced, announce: 'servicelb' };
    expect(saidAgainst(servicelb, { targets: targets.map((target) => ({ ...servicelb, ...target })) })).toEqual(said);
  });

  test('a way of one hop is none', () => {
    expect(saidAgainst(nginx, { hops: true })).toEqual(['a way of one hop has nothing to be compared with; add targets']);
  });

  test('hops are of one cluster and seen from one place', () => {
    const targets = [{ entry: 'pod' }, { entry: 'cluster-ip', from: 'outside' }];
    expect(saidAgainst({}, { hops: true, services: [10, 100], targets })).toEqual([
      'the hops of a way are seen from one place, and this one is not, allowed: pod',
      'hops are of one cluster; leave out services and positions',
    ]);
  });

  test('a router spreads over so many nodes, a pool of addresses is for one cluster', () => {
    const byBgp = { ...balanced, announce: 'bgp' };
    expect(saidAgainst(byBgp, { cluster: { workers: 17 } })).toEqual([
      'the router spreads over 16 nodes at most, and there are 17 workers',
    ]);
    expect(saidAgainst(balanced, { cluster: { addressPool: '172.18.255.0/28' } })).toEqual([]);
    expect(saidAgainst(balanced, { cluster: { addressPool: '172.18.255.0/28' }, reference: 'iptables' })).toEqual([
      'an address pool is for one cluster, and this lab has several alive together; leave it out, and each finds its own',
    ]);
  });

  test('only a ClusterIP has a position, and an ingress no first packet', () => {
    expect(saidAgainst({ entry: 'node-port' }, { services: [10], positions: ['last'] })).toEqual([
      'only a ClusterIP has a position in the rules; add a cluster-ip target',
    ]);
    expect(saidAgainst(nginx, { series: ['first-packet'] })).toEqual([
      "at an ingress the controller's process answers the SYN itself, so there is no first packet to time, allowed: keep-alive, new-connection",
    ]);
  });
});

test('a key that says what is so without it makes no other target', () => {
  const targets = [{ entry: 'cluster-ip' }, { entry: 'cluster-ip', internalTrafficPolicy: 'cluster', sessionAffinity: 'none' }];
  expect(saidAgainst(targets[0]!, { targets })).toEqual(['cluster-ip, from pod, trafficPolicy cluster stands here twice']);
  const apart = [{ entry: 'cluster-ip' }, { entry: 'cluster-ip', internalTrafficPolicy: 'local' }];
  expect(saidAgainst(apart[0]!, { targets: apart })).toEqual([]);
});

test('positions are of plain ClusterIPs', () => {
  const fields = { services: [10], positions: ['first'] };
  expect(saidAgainst({ entry: 'cluster-ip', sessionAffinity: 'client-ip' }, fields)).toEqual([
    'positions are of plain ClusterIPs; leave out internalTrafficPolicy and sessionAffinity',
  ]);
});
