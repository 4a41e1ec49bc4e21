import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { RuleProgram } from './proxy/program.ts';

/** A port of a node that leads to a pod on it. */
export interface HostPort {
  readonly hostPort: number;
  readonly address: string;
  readonly port: number;
  /** The pod's subnet on its node, as in "10.244.1.0/24": what comes from there to the hostPort is masqueraded (hairpin). */
  readonly podSubnet: string;
  /** Stands for the id of the pod's container. */
  readonly id: string;
}

/** The name of the network in CNI's configuration, which portmap's chain names are made of; kind's is the same. */
const NETWORK = 'kindnet';
/** CNI's own; Kubernetes uses 14 and 15. */
const MARK = '0x2000/0x2000';
const TOP = 'CNI-HOSTPORT-DNAT';
const SET_MARK = 'CNI-HOSTPORT-SETMARK';
const MASQUERADE = 'CNI-HOSTPORT-MASQ';

/**
 * The rules of CNI's portmap plugin on one node for these pods (containernetworking/plugins, plugins/meta/portmap/portmap_iptables.go),
 * written at once. portmap takes its iptables backend wherever there is one, whatever mode kube-proxy is in, so its nftables backend is
 * for nodes without iptables; kind's have it. Its jumps come after kube-proxy's, which are inserted in front.
 */
export const hostPortRules = (ports: readonly HostPort[]): RuleProgram =>
  restore([
    ...[TOP, SET_MARK, MASQUERADE, ...ports.map(chainOf)].map((chain) => `:${chain} - [0:0]`),
    ...ENTRIES.map((entry) => `-A ${entry}`),
    `-I ${MASQUERADE_ENTRY}`,
    `-A ${SET_MARK} -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark ${MARK}`,
    `-A ${MASQUERADE} -m mark --mark ${MARK} -j MASQUERADE`,
    ...ports.flatMap((port) => [`-I ${entryOf(port)}`, ...podRules(port)]),
  ]);

/** Takes back what `hostPortRules` wrote for the same pods. portmap leaves its top-level chains for the next pod; here the next set writes them anew. */
export const withoutHostPorts = (ports: readonly HostPort[]): RuleProgram => {
  const chains = [TOP, SET_MARK, MASQUERADE, ...ports.map(chainOf)];
  return restore([
    ...[...ENTRIES, MASQUERADE_ENTRY].map((entry) => `-D ${entry}`),
    ...chains.map((chain) => `-F ${chain}`),
    ...chains.map((chain) => `-X ${chain}`),
  ]);
};

const ENTRIES = ['PREROUTING', 'OUTPUT'].map((chain) => `${chain} -m addrtype --dst-type LOCAL -j ${TOP}`);
const MASQUERADE_ENTRY = `POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j ${MASQUERADE}`;

/** MustFormatChainNameWithPrefix (pkg/utils/utils.go): "CNI-", the prefix and the hash, 28 characters in all. */
export const portmapChain = (network: string, id: string): string =>
  `CNI-DN-${bytesToHex(sha512(utf8ToBytes(network + id)))}`.slice(0, 28);

const chainOf = ({ id }: HostPort): string => portmapChain(NETWORK, id);

const entryOf = (port: HostPort): string =>
  `${TOP} -p tcp -m comment --comment "dnat name: \\"${NETWORK}\\" id: \\"${port.id}\\"" -m multiport --dports ${port.hostPort} -j ${chainOf(port)}`;

/** The marks must come first: DNAT ends the walk. */
function podRules(port: HostPort): string[] {
  const match = `-p tcp -m tcp --dport ${port.hostPort}`;
  return [
    `-A ${chainOf(port)} -s ${port.podSubnet} ${match} -j ${SET_MARK}`,
    `-A ${chainOf(port)} -s 127.0.0.1/32 ${match} -j ${SET_MARK}`,
    `-A ${chainOf(port)} ${match} -j DNAT --to-destination ${port.address}:${port.port}`,
  ];
}

const restore = (lines: readonly string[]): RuleProgram => ({
  argv: ['iptables-restore', '--noflush', '--counters'],
  input: `*nat\n${lines.join('\n')}\nCOMMIT\n`,
});
