import type { ProxyMode } from '../contract/provider.ts';
import { POD_CIDR } from '../fabric/layout.ts';
import type { RuleProgram } from './proxy/program.ts';

/**
 * What pod networks do beside kube-proxy, kindnet among them: pods that talk to something that is no pod do so with their node's
 * address. Without it the answer of another node's NodePort would go straight to the pod, past the node that translated.
 */
export const podMasquerade = (mode: ProxyMode): RuleProgram =>
  mode === 'nftables'
    ? { argv: ['nft', '-f', '-'], input: TABLE }
    : { argv: ['iptables-restore', '--noflush', '--counters'], input: `*nat\n-A POSTROUTING ${MATCH} -j MASQUERADE\nCOMMIT\n` };

const MATCH = `-s ${POD_CIDR} ! -d ${POD_CIDR} -m addrtype ! --dst-type LOCAL`;

const TABLE = `
table ip trafficlab-pods {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${POD_CIDR} ip daddr != ${POD_CIDR} fib daddr type != local masquerade
  }
}
`;
