import { describe, expect, it } from 'vitest';
import type { Endpoint, ServiceRef } from '../../../src/cluster/contract/deployment.ts';
import type { Host } from '../../../src/cluster/contract/host.ts';
import { targetsOf } from '../../../src/cluster/contract/targets.ts';
import { serviceKey, type Topology, topologyKeys, topologyName } from '../../../src/cluster/contract/topology.ts';
import { exposingService, servedEntries, serviceRef } from '../../../src/cluster/kube/manifests/service.ts';

const plain = { entry: 'cluster-ip' } as const;
const local = { entry: 'cluster-ip', internalTrafficPolicy: 'local' } as const;
const sticky = { entry: 'cluster-ip', sessionAffinity: 'client-ip' } as const;
const stickyPort = { entry: 'node-port', trafficPolicy: 'cluster', sessionAffinity: 'client-ip' } as const;
const all = { entry: 'load-balancer', announce: 'bgp', trafficPolicy: 'local', sessionAffinity: 'client-ip' } as const;

describe('policies and affinity of a Service', () => {
  it.each([
    [plain, 'cluster-ip', ''],
    [local, 'cluster-ip-local', 'internal-local'],
    [{ ...local, sessionAffinity: 'client-ip' } as const, 'cluster-ip-local-affinity', 'internal-local-affinity'],
    [sticky, 'cluster-ip-affinity', 'affinity'],
    [stickyPort, 'node-port-affinity', 'affinity'],
    [{ entry: 'node-port', trafficPolicy: 'local' } as const, 'node-port-local', 'local'],
    [all, 'load-balancer-bgp-local-affinity', 'bgp-local-affinity'],
  ])('%j is %s, by the Service "%s"', (topology, name, key) => {
    expect(topologyName(topology)).toBe(name);
    expect(serviceKey(topology)).toBe(key);
  });

  it('an obstacle to a way without affinity is one to the way with it', () => {
    expect(topologyKeys(all)).toEqual([
      'load-balancer-bgp-local-affinity',
      'load-balancer-bgp-local',
      'load-balancer-bgp',
      'load-balancer',
    ]);
    expect(topologyKeys(stickyPort)).toEqual(['node-port-affinity', 'node-port']);
  });

  it('are in the manifest, and read back from it', () => {
    const made = (entry: Parameters<typeof exposingService>[0]) =>
      exposingService(entry, { namespace: 'trafficlab', app: 'echo', targetPort: 8080 });
    expect(made(local)).toMatchObject({
      metadata: { name: 'echo-internal-local' },
      spec: { internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Cluster', sessionAffinity: 'None' },
    });
    expect(made(all).spec).toMatchObject({ externalTrafficPolicy: 'Local', sessionAffinity: 'ClientIP' });
    expect(made(plain).spec).not.toHaveProperty('internalTrafficPolicy');
    expect(serviceRef(made(local))).toMatchObject({ internalTrafficPolicy: 'local' });
    expect(serviceRef(made(all))).toMatchObject({ externalTrafficPolicy: 'local', sessionAffinity: 'client-ip' });
    expect(Object.keys(serviceRef(made(plain)))).not.toContain('sessionAffinity');
  });

  it('a ClusterIP and a NodePort with affinity share a Service, and every cluster has the plain one', () => {
    const topologies: readonly Topology[] = [{ entry: 'pod' }, sticky, stickyPort, local];
    expect(servedEntries(topologies).map(serviceKey)).toEqual(['', 'affinity', 'internal-local']);
  });
});

describe('targets', () => {
  const host = (name: string, more: Partial<Host> = {}): Host => ({
    name,
    role: 'worker',
    address: '172.18.0.3',
    exec: async () => ({ exitCode: 1, stdout: '', stderr: '' }),
    lines: async function* () {},
    inNetwork: async () => ({ exitCode: 1, stdout: '', stderr: '' }),
    ...more,
  });
  const nodes = [host('control', { role: 'control-plane' }), host('empty'), host('full')];
  const clients = nodes.map(({ name }) => host(`client-${name}`, { role: 'client', node: name }));
  const endpoints: Endpoint[] = [{ pod: 'echo', node: 'full', address: '10.244.2.2', port: 8080 }];
  const ref = (name: string): ServiceRef => ({
    namespace: 'trafficlab',
    name,
    portName: 'http',
    protocol: 'tcp',
    clusterIP: '10.96.0.9',
    port: 80,
  });
  const targets = targetsOf([plain, local], {
    nodes,
    outside: host('outside', { role: 'client' }),
    clients,
    endpoints,
    services: new Map([
      ['', ref('echo')],
      ['internal-local', ref('echo-internal-local')],
    ]),
    controllers: [],
    positions: new Map([['first', ref('filler')]]),
  });

  it('internalTrafficPolicy Local is entered from a node with a pod: elsewhere it leads nowhere (KEP-2086)', () => {
    const ofLocal = targets.filter(({ topology }) => topology === local);
    expect(ofLocal.map(({ vantage, from, entryNode, service }) => [vantage, from[0].name, entryNode, service?.name])).toEqual([
      ['pod', 'client-full', 'full', 'echo-internal-local'],
      ['outside', 'outside', 'full', 'echo-internal-local'],
    ]);
  });

  it('a plain ClusterIP is entered from apart, and only it has positions', () => {
    const inside = targets.filter(({ vantage }) => vantage === 'pod');
    expect(inside.map(({ from, position, topology }) => [topology === plain, from[0].name, position])).toEqual([
      [true, 'client-control', undefined],
      [true, 'client-control', 'first'],
      [false, 'client-full', undefined],
    ]);
  });
});
