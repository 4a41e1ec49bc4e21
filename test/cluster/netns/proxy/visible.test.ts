import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProxier, type RuleMode } from '../../../../src/cluster/netns/proxy/proxier.ts';
import type { ProxyChange, ProxyObjects } from '../../../../src/cluster/netns/proxy/service-map.ts';
import { createServiceMap } from '../../../../src/cluster/netns/proxy/service-map.ts';
import { createUserspaceProxier } from '../../../../src/cluster/netns/proxy/userspace.ts';
import { hidingLabels } from '../../../../src/cluster/netns/proxy/visible.ts';
import { left } from './support/left.ts';
import { recordedConfig } from './support/recorded.ts';

// cmd/kube-proxy/app/server.go: both informers list and watch with "!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name".

const modes = ['iptables', 'nftables', 'ipvs'] as const satisfies readonly RuleMode[];
type Labels = Readonly<Record<string, string>>;

const service = (index: number, labels: Labels = {}): V1Service => ({
  metadata: { name: `s${index}`, namespace: 'default', labels },
  spec: { type: 'NodePort', clusterIP: `10.96.0.${index + 1}`, ports: [{ name: 'http', port: 80, nodePort: 30000 + index }] },
});
const slice = (index: number, labels: Labels = {}, addresses = [`10.244.1.${index + 1}`]): V1EndpointSlice => ({
  metadata: {
    name: `s${index}-abc`,
    namespace: 'default',
    labels: { 'kubernetes.io/service-name': `s${index}`, ...labels },
  },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  endpoints: addresses.map((address) => ({ addresses: [address], nodeName: 'n1' })),
});
const rulesOf = (mode: RuleMode, objects: ProxyObjects) => left[mode](createProxier(mode, recordedConfig).replace(objects));
const nothing = { services: [], endpointSlices: [] };

describe('cases 9.13: objects that kube-proxy is not told of make no rules', () => {
  const values = ['', 'other-proxy', 'false'];
  const labels = hidingLabels.flatMap((label) => values.map((value) => ({ [label]: value })));

  describe.each(modes)('mode %s', (mode) => {
    it.each(labels)('a Service with the label %j, its slices with or without it', (hiding) => {
      for (const ofSlice of [{}, hiding])
        expect(rulesOf(mode, { services: [service(0, hiding)], endpointSlices: [slice(0, ofSlice)] })).toEqual(
          rulesOf(mode, nothing),
        );
    });

    it.each(labels)('a slice with the label %j leaves its Service without endpoints', (hiding) => {
      expect(rulesOf(mode, { services: [service(0)], endpointSlices: [slice(0, hiding)] })).toEqual(
        rulesOf(mode, { services: [service(0)], endpointSlices: [] }),
      );
    });

    it('other labels hide nothing, also those that only look alike', () => {
      const alike = {
        'service.kubernetes.io/topology-mode': 'Auto',
        'kubernetes.io/service-proxy-name': 'x',
        'service.kubernetes.io/Headless': '',
      };
      expect(rulesOf(mode, { services: [service(0, alike)], endpointSlices: [slice(0, alike)] })).toEqual(
        rulesOf(mode, { services: [service(0)], endpointSlices: [slice(0)] }),
      );
    });
  });

  it('mode userspace copies for none of them', () => {
    const proxier = createUserspaceProxier(recordedConfig);
    proxier.replace({ services: [service(0, { [hidingLabels[0]]: 'x' }), service(1)], endpointSlices: [slice(0), slice(1)] });
    expect(proxier.services().map(({ name }) => name)).toEqual(['default/s1:http']);
  });

  it('of two objects of one name in a change the later counts', () => {
    const map = createServiceMap(recordedConfig.node);
    const hidden = service(0, { [hidingLabels[0]]: '' });
    map.apply({ upserted: { services: [service(0), hidden] } });
    expect(map.portsOf('default/s0')).toEqual([]);
    map.apply({ upserted: { services: [hidden, service(0)] } });
    expect(map.portsOf('default/s0')).toHaveLength(1);
  });
});

describe('cases 9.13: an update that adds such a label is a deletion, one that removes it an addition', () => {
  const label = fc.constantFrom<Labels>({}, {}, ...hidingLabels.flatMap((name) => [{ [name]: '' }, { [name]: 'x' }]));
  const index = fc.nat(2);
  const step = fc.oneof(
    fc.record({ upsert: fc.constant('service' as const), index, label }),
    fc.record({ upsert: fc.constant('slice' as const), index, label, last: fc.integer({ min: 10, max: 12 }) }),
    fc.record({ remove: fc.constantFrom('service' as const, 'slice' as const), index }),
  );

  it.each(modes)('mode %s ends where a full sync of what can be seen would, after any changes', (mode) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const proxier = createProxier(mode, recordedConfig);
        const programs = [...proxier.replace(nothing)];
        const now = { services: new Map<number, V1Service>(), endpointSlices: new Map<number, V1EndpointSlice>() };
        for (const one of steps) {
          let change: ProxyChange;
          if ('remove' in one) {
            const [services, endpointSlices] = one.remove === 'service' ? [[service(one.index)], []] : [[], [slice(one.index)]];
            (one.remove === 'service' ? now.services : now.endpointSlices).delete(one.index);
            change = { deleted: { services, endpointSlices } };
          } else if (one.upsert === 'service') {
            const object = service(one.index, one.label);
            now.services.set(one.index, object);
            change = { upserted: { services: [object] } };
          } else {
            const object = slice(one.index, one.label, [`10.244.1.${one.last}`]);
            now.endpointSlices.set(one.index, object);
            change = { upserted: { endpointSlices: [object] } };
          }
          programs.push(...proxier.apply(change));
        }
        programs.push(...proxier.sweep());
        const seen = <T extends V1Service | V1EndpointSlice>(objects: Iterable<T>) =>
          [...objects].filter(
            ({ metadata }) => !Object.keys(metadata!.labels!).some((key) => hidingLabels.includes(key as never)),
          );
        const last = { services: seen(now.services.values()), endpointSlices: seen(now.endpointSlices.values()) };
        expect(left[mode](programs)).toEqual(rulesOf(mode, last));
      }),
      { numRuns: 150 },
    );
  });
});
