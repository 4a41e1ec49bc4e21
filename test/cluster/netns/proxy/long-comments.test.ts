import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { longComments } from '../../../../src/cluster/netns/proxy/long-comments.ts';
import { createProxier } from '../../../../src/cluster/netns/proxy/proxier.ts';
import { hidingLabels } from '../../../../src/cluster/netns/proxy/visible.ts';
import { UnavailableError } from '../../../../src/errors.ts';
import { recordedConfig } from './support/recorded.ts';

const namespace = 'n'.repeat(63);
const suffix = ':http'.length;

/** A Service whose "namespace/name:http" has so many characters. */
const named = (characters: number, spec: Partial<V1Service['spec'] & object> = {}): V1Service => ({
  metadata: { name: 's'.repeat(characters - suffix - 1 - namespace.length), namespace },
  spec: { clusterIP: '10.96.0.9', ports: [{ name: 'http', port: 80 }], ...spec },
});
const behind = (service: V1Service, nodeName = 'n1'): V1EndpointSlice => ({
  metadata: { name: 'a', namespace, labels: { 'kubernetes.io/service-name': service.metadata!.name! } },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  endpoints: [{ addresses: ['10.244.1.2'], nodeName }],
});
const replace = (mode: 'iptables' | 'nftables' | 'ipvs', service: V1Service, ...endpointSlices: V1EndpointSlice[]) =>
  createProxier(mode, recordedConfig).replace({ services: [service], endpointSlices });
const remote = { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30080 }] };

describe('cases 9.14: a name that does not fit into the comment that nft takes (NFTNL_UDATA_COMMENT_MAXLEN, 128)', () => {
  it('is refused before anything is written where the Service has no endpoint, and the error names it', () => {
    const long = named(129);
    expect(() => replace('nftables', long)).toThrow(UnavailableError);
    expect(() => replace('nftables', long)).toThrow(`${namespace}/${long.metadata!.name}:http has 129 characters`);
  });

  it.each([
    ['128 characters fit', named(128), []],
    ['with an endpoint there is no comment', named(129), [behind(named(129))]],
  ])('%s', (_, service, slices) => {
    expect(() => replace('nftables', service, ...slices)).not.toThrow();
  });

  it.each([
    ['a policy Local without an endpoint here', named(129, { internalTrafficPolicy: 'Local' })],
    ['a NodePort of policy Local without an endpoint here', named(129, { ...remote, externalTrafficPolicy: 'Local' })],
  ])('is refused for %s', (_, service) => {
    expect(() => replace('nftables', service, behind(service, 'n2'))).toThrow(UnavailableError);
    expect(() => replace('nftables', service, behind(service, 'n1'))).not.toThrow();
  });

  it.each(['iptables', 'ipvs'] as const)('mode %s has it', (mode) => {
    expect(() => replace(mode, named(129))).not.toThrow();
  });

  it('the last endpoint that goes is refused too, and a full sync with one goes on', () => {
    const service = named(129);
    const proxier = createProxier('nftables', recordedConfig);
    proxier.replace({ services: [service], endpointSlices: [behind(service)] });
    expect(() => proxier.apply({ deleted: { endpointSlices: [behind(service)] } })).toThrow(UnavailableError);
    expect(proxier.replace({ services: [service], endpointSlices: [behind(service)] })).not.toEqual([]);
  });

  it('is warned of as data while it has an endpoint; what gets no rules is not', () => {
    const hidden = { ...named(130), metadata: { ...named(130).metadata, labels: { [hidingLabels[0]]: '' } } };
    expect(longComments({ services: [named(128), named(129), hidden, named(140, { clusterIP: 'None' })] })).toEqual([
      { code: 'comment-too-long', service: `${namespace}/${named(129).metadata!.name}:http`, characters: 129, most: 128 },
    ]);
  });
});
