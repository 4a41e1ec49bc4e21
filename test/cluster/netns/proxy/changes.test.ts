import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { longComments } from '../../../../src/cluster/netns/proxy/long-comments.ts';
import type { Proxier } from '../../../../src/cluster/netns/proxy/program.ts';
import { createProxier, type RuleMode } from '../../../../src/cluster/netns/proxy/proxier.ts';
import type { ProxyChange, ProxyObjects } from '../../../../src/cluster/netns/proxy/service-map.ts';
import { left } from './support/left.ts';
import { recordedConfig, recordedObjects } from './support/recorded.ts';

// Whatever the changes in between, the kernel ends up with what a full sync of the last objects would have given it.

const broad = recordedObjects('broad/objects.yaml');
// A name that mode nftables has only as long as there are endpoints is in long-comments.test.ts.
const all = { ...broad, services: broad.services.filter((service) => longComments({ services: [service] }).length === 0) };

/** The same numbers every time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function otherService(service: V1Service, choose: (below: number) => number): V1Service {
  const spec = service.spec!;
  const changes: Partial<V1Service['spec'] & object>[] = [
    { type: 'ClusterIP', ports: spec.ports!.map(({ nodePort: _, ...port }) => port) },
    { externalTrafficPolicy: spec.externalTrafficPolicy === 'Local' ? 'Cluster' : 'Local' },
    { internalTrafficPolicy: spec.internalTrafficPolicy === 'Local' ? 'Cluster' : 'Local' },
    { sessionAffinity: spec.sessionAffinity === 'ClientIP' ? 'None' : 'ClientIP' },
    { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 + choose(60) } } },
    // Another one for each Service: whose an address is that two want, is left to chance.
    { externalIPs: [spec.clusterIP!.replace('10.96.200', '203.0.114')] },
    { loadBalancerSourceRanges: ['198.51.100.0/25'] },
    { ports: spec.ports!.slice(0, 1) },
  ];
  return { ...service, spec: { ...spec, ...changes[choose(changes.length)] } };
}

function otherSlice(slice: V1EndpointSlice, choose: (below: number) => number): V1EndpointSlice {
  const endpoints = (slice.endpoints ?? []).flatMap((endpoint) => {
    const kind = choose(5);
    if (kind === 0) return [];
    if (kind === 1) return [{ ...endpoint, conditions: { ready: false, serving: true, terminating: true } }];
    if (kind === 2) return [{ ...endpoint, nodeName: choose(2) ? 'n1' : 'elsewhere' }];
    return [endpoint];
  });
  return { ...slice, endpoints };
}

/** Some changes, and the objects after them. */
function someChanges(now: ProxyObjects, choose: (below: number) => number): { change: ProxyChange; after: ProxyObjects } {
  const services = new Map(now.services.map((service) => [keyOf(service), service]));
  const slices = new Map(now.endpointSlices.map((slice) => [keyOf(slice), slice]));
  const upserted = { services: [] as V1Service[], endpointSlices: [] as V1EndpointSlice[] };
  const deleted = { services: [] as V1Service[], endpointSlices: [] as V1EndpointSlice[] };
  for (let count = 0; count < 4; count += 1) {
    const service = all.services[choose(all.services.length)]!;
    const slice = all.endpointSlices[choose(all.endpointSlices.length)]!;
    const kind = choose(6);
    if (kind === 0 && services.delete(keyOf(service))) deleted.services.push(service);
    if (kind === 1 && slices.delete(keyOf(slice))) deleted.endpointSlices.push(slice);
    if (kind === 2 || kind === 3) upserted.services.push(kind === 2 ? service : otherService(service, choose));
    if (kind === 4 || kind === 5) upserted.endpointSlices.push(kind === 4 ? slice : otherSlice(slice, choose));
  }
  // Upserts come after deletions, as in a change.
  for (const service of upserted.services) services.set(keyOf(service), service);
  for (const slice of upserted.endpointSlices) slices.set(keyOf(slice), slice);
  return { change: { upserted, deleted }, after: { services: [...services.values()], endpointSlices: [...slices.values()] } };
}
const keyOf = ({ metadata }: V1Service | V1EndpointSlice): string => `${metadata!.namespace}/${metadata!.name}`;

const fresh = (mode: RuleMode): Proxier => createProxier(mode, recordedConfig);

describe.each(['iptables', 'nftables', 'ipvs'] as const)('mode %s', (mode) => {
  it.each([1, 2, 3, 4])('ends where a full sync would, after changes (%i)', (seed) => {
    const choose = numbers(seed);
    const half = { services: all.services.filter((_, index) => index % 2 === 0), endpointSlices: all.endpointSlices };
    const proxier = fresh(mode);
    const programs = [...proxier.replace(half)];
    let objects: ProxyObjects = half;
    for (let step = 0; step < 30; step += 1) {
      const { change, after } = someChanges(objects, choose);
      programs.push(...proxier.apply(change));
      objects = after;
      if (step % 7 === 0) programs.push(...proxier.sweep());
    }
    programs.push(...proxier.sweep());
    expect(left[mode](programs)).toEqual(left[mode](fresh(mode).replace(objects)));
  });

  it('may be replaced as a whole', () => {
    const proxier = fresh(mode);
    const programs = [...proxier.replace(all), ...proxier.replace(recordedObjects()), ...proxier.sweep()];
    expect(left[mode](programs)).toEqual(left[mode](fresh(mode).replace(recordedObjects())));
  });

  it('writes nothing for what makes no rules', () => {
    const proxier = fresh(mode);
    proxier.replace(all);
    const unknown: V1Service = { metadata: { name: 'nobody', namespace: 'default' } };
    expect(proxier.apply({ deleted: { services: [unknown] } })).toEqual([]);
    expect(proxier.apply({})).toEqual([]);
  });
});

describe('a change', () => {
  const added: V1Service = {
    metadata: { name: 'late', namespace: 'default' },
    spec: { clusterIP: '10.96.201.1', ports: [{ name: 'http', port: 80 }] },
  };

  it('writes in mode iptables the own chains of its Service alone, and the shared chains whole', () => {
    const proxier = fresh('iptables');
    const [full] = proxier.replace(all);
    const [partial] = proxier.apply({ upserted: { services: [{ ...all.services[0]! }] } });
    const own = (text: string) => [...text.matchAll(/^:(KUBE-(?:SVC|SVL|SEP|EXT|FW)-\S+)/gm)].length;
    const shared = (text: string) => [...text.matchAll(/^-A KUBE-SERVICES /gm)].length;
    expect(own(full!.input)).toBeGreaterThan(100);
    expect(own(partial!.input)).toBe(3);
    expect(shared(partial!.input)).toBe(shared(full!.input));
  });

  it('writes in mode nftables the elements that differ', () => {
    const proxier = fresh('nftables');
    proxier.replace(all);
    const [transaction] = proxier.apply({ upserted: { services: [added] } });
    expect(transaction?.input.trim().split('\n')).toEqual([
      'add element ip kube-proxy cluster-ips { 10.96.201.1 }',
      'add element ip kube-proxy no-endpoint-services { 10.96.201.1 . tcp . 80 comment "default/late:http" : goto reject-chain }',
    ]);
  });

  it('writes in mode ipvs one server', () => {
    const proxier = fresh('ipvs');
    proxier.replace(all);
    expect(proxier.apply({ upserted: { services: [added] } })).toEqual([
      { argv: ['ip', '-batch', '-'], input: 'addr add 10.96.201.1/32 dev kube-ipvs0\n' },
      { argv: ['ipvsadm', '-R'], input: '-A -t 10.96.201.1:80 -s rr\n' },
      { argv: ['ipset', 'restore', '-exist'], input: 'add KUBE-CLUSTER-IP 10.96.201.1,tcp:80\nadd KUBE-IPVS-IPS 10.96.201.1\n' },
    ]);
  });
});
