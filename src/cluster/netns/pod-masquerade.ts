import { POD_CIDR } from '../fabric/layout.ts';
import type { Host, ProxyMode } from '../provider.ts';

/**
 * What pod networks do beside kube-proxy, kindnet among them: pods that talk to something that is no pod do so with their node's
 * address. Without it the answer of another node's NodePort would go straight to the pod, past the node that translated.
 */
export async function masqueradePods(node: Host, mode: ProxyMode): Promise<void> {
  if (mode === 'nftables') {
    await node.exec(['nft', '-f', '-'], { input: TABLE });
    return;
  }
  const match = ['-s', POD_CIDR, '!', '-d', POD_CIDR, '-m', 'addrtype', '!', '--dst-type', 'LOCAL'];
  await node.exec(['iptables', '-t', 'nat', '-A', 'POSTROUTING', ...match, '-j', 'MASQUERADE']);
}

const TABLE = `
table ip trafficlab-pods {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${POD_CIDR} ip daddr != ${POD_CIDR} fib daddr type != local masquerade
  }
}
`;
