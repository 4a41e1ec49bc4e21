import { contains, type Ipv4Network, overlap, parseCidr } from '../../addresses/ipv4-network.ts';

/** The node whose rules are made. */
export interface ProxyNode {
  readonly name: string;
  /** The node's first IPv4 address. */
  readonly address: string;
  /** Every IPv4 address of the node but loopback and those of kube-ipvs0; only `address` unless told. */
  readonly addresses?: readonly string[];
  /** The label topology.kubernetes.io/zone. */
  readonly zone?: string;
}

/** What of KubeProxyConfiguration changes the rules; absent values are kube-proxy's own defaults. */
export interface ProxyConfig {
  readonly node: ProxyNode;
  /** Where pods live, as in "10.244.0.0/16": what does not come from there is masqueraded. Absent: nothing is known of pods. */
  readonly clusterCidr?: string;
  /** Only mode nftables: unallocated addresses of these are dropped. */
  readonly serviceCidrs?: readonly string[];
  readonly masqueradeAll?: boolean;
  /** Bit of the packet mark, 14 unless told. */
  readonly masqueradeBit?: number;
  /** CIDRs whose node addresses accept NodePort traffic, or ["primary"]. Unless told: all, in mode nftables the primary one. */
  readonly nodePortAddresses?: readonly string[];
  /** Only mode iptables: NodePorts answer on 127.0.0.1 (needs the sysctl route_localnet). True unless told. */
  readonly localhostNodePorts?: boolean;
  /** Only mode iptables: the kernel has nfacct objects `ct_state_invalid_dropped_pkts` and `localhost_nps_accepted_pkts`. */
  readonly nfacct?: boolean;
  /** Only mode iptables: the sysctl nf_conntrack_tcp_be_liberal is set, so INVALID packets are let through. */
  readonly tcpBeLiberal?: boolean;
  /**
   * Only where nf_tables takes the rules (nft, iptables-nft): the bytes that fit into one netlink message. In a user namespace they are
   * net.core.wmem_default (SO_SNDBUFFORCE is refused there, and larger messages fail with "Message too long"); larger syncs are then
   * split and no longer atomic. Absent: no limit.
   */
  readonly batchBytes?: number;
  /** Only mode ipvs: rr unless told. */
  readonly scheduler?: string;
}

/** "0x004000": the mark of packets to be masqueraded, as kube-proxy prints it (%#08x). */
export const masqueradeMark = (config: ProxyConfig): string =>
  `0x${((1 << (config.masqueradeBit ?? 14)) >>> 0).toString(16).padStart(6, '0')}`;

/** Which local addresses accept NodePort traffic (pkg/proxy/util/nodeport_addresses.go). */
export interface NodePortAddresses {
  readonly matchAll: boolean;
  readonly containsLoopback: boolean;
  /** The node's addresses that match, loopback among them. */
  readonly addresses: readonly string[];
}

export function nodePortAddresses(config: ProxyConfig, fallback: readonly string[] = []): NodePortAddresses {
  const asked = config.nodePortAddresses?.length ? config.nodePortAddresses : fallback;
  const primary = asked.length === 1 && asked[0] === 'primary';
  const texts = primary ? [`${config.node.address}/32`] : asked;
  const parsed = texts.map(parseCidr).filter((cidr): cidr is Ipv4Network => cidr !== undefined);
  const cidrs = parsed.length > 0 ? parsed : [parseCidr('0.0.0.0/0')!];
  const local = ['127.0.0.1', ...nodeAddresses(config)];
  const loopback = parseCidr('127.0.0.0/8')!;
  return {
    matchAll: cidrs.some((cidr) => cidr.bits === 0),
    containsLoopback: cidrs.some((cidr) => overlap(cidr, loopback)),
    addresses: local.filter((address) => cidrs.some((cidr) => contains(cidr, address))),
  };
}

/** The node's IPv4 addresses without loopback. */
export const nodeAddresses = (config: ProxyConfig): readonly string[] => config.node.addresses ?? [config.node.address];
