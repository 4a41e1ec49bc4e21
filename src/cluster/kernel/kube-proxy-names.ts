import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { base32 } from '@scure/base';

/** One port of one Service: what kube-proxy makes rules for. */
export interface ServicePortId {
  readonly namespace: string;
  readonly name: string;
  /** Empty or absent where the Service's only port has no name. */
  readonly portName?: string;
  /** TCP unless told; upper or lower case. */
  readonly protocol?: string;
}

/** The chains that one Service port can have; which of them exist depends on its type, policies and endpoints. */
export interface ServiceChains {
  /** Spreads over the endpoints of traffic policy Cluster. */
  readonly service: string;
  /** Spreads over the endpoints of traffic policy Local. */
  readonly local: string;
  /** Where NodePort, LoadBalancer and external IP traffic arrives. */
  readonly external: string;
  /** Filters by loadBalancerSourceRanges. */
  readonly firewall: string;
}

/** "namespace/name:port", as kube-proxy writes a Service port in its comments (ServicePortName.String, pkg/proxy/types.go). */
export const servicePortName = (id: ServicePortId): string =>
  id.portName ? `${id.namespace}/${id.name}:${id.portName}` : `${id.namespace}/${id.name}`;

/** The chains of a Service port in mode iptables, table nat (portProtoHash, pkg/proxy/iptables/proxier.go). */
export function iptablesChains(id: ServicePortId): ServiceChains {
  const hash = hashOf(servicePortName(id) + protocolOf(id), 16);
  return { service: `KUBE-SVC-${hash}`, local: `KUBE-SVL-${hash}`, external: `KUBE-EXT-${hash}`, firewall: `KUBE-FW-${hash}` };
}

/** The chain of one endpoint ("address:port") in mode iptables (servicePortEndpointChainName, pkg/proxy/iptables/proxier.go). */
export const iptablesEndpointChain = (id: ServicePortId, endpoint: string): string =>
  `KUBE-SEP-${hashOf(servicePortName(id) + protocolOf(id) + endpoint, 16)}`;

/** The chains of a Service port in mode nftables, table `ip kube-proxy` (servicePortChainNameBase, pkg/proxy/nftables/proxier.go). */
export function nftablesChains(id: ServicePortId): ServiceChains {
  const base = hashed(pathOf(id));
  return { service: `service-${base}`, local: `local-${base}`, external: `external-${base}`, firewall: `firewall-${base}` };
}

/** Chain and client affinity set of one IPv4 endpoint ("address:port") in mode nftables (servicePortEndpointChainNameBase). */
export function nftablesEndpoint(id: ServicePortId, endpoint: string): { readonly chain: string; readonly affinitySet: string } {
  const base = hashed(`${pathOf(id)}__${endpoint.replace(':', '/')}`);
  return { chain: `endpoint-${base}`, affinitySet: `affinity-${base}` };
}

/** kube-proxy's nftables table, family `ip` (pkg/proxy/nftables/proxier.go). */
export const nftablesTable = 'kube-proxy';

/** The interface that holds the Service addresses in mode ipvs (pkg/proxy/ipvs/proxier.go). */
export const ipvsInterface = 'kube-ipvs0';

const protocolOf = (id: ServicePortId): string => (id.protocol ?? 'TCP').toLowerCase();
const pathOf = (id: ServicePortId): string => `${id.namespace}/${id.name}/${protocolOf(id)}/${id.portName ?? ''}`;

/** The first characters of the base32 SHA-256; five bytes make eight characters, so no more are encoded than are used. */
const hashOf = (text: string, characters: 8 | 16): string =>
  base32.encode(sha256(utf8ToBytes(text)).subarray(0, (characters / 8) * 5));

// nftables allows 256 characters, kube-proxy keeps 16 for its prefixes (chainNameBaseLengthMax).
const nameLengthMax = 240;
function hashed(path: string): string {
  const name = `${hashOf(path, 8)}-${path}`;
  return name.length > nameLengthMax ? `${name.slice(0, nameLengthMax - 3)}...` : name;
}
