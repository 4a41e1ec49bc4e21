import { nodePortAddresses, type ProxyConfig } from './config.ts';
import { createIptablesProxier } from './iptables.ts';
import { createIpvsProxier } from './ipvs.ts';
import { createNftablesProxier } from './nftables.ts';
import type { Proxier } from './program.ts';

export type RuleMode = 'iptables' | 'nftables' | 'ipvs';

const makers: Readonly<Record<RuleMode, (config: ProxyConfig) => Proxier>> = {
  iptables: createIptablesProxier,
  nftables: createNftablesProxier,
  ipvs: createIpvsProxier,
};

/** The rules of kube-proxy v1.34 on one node, in IPv4, as text for the kernel's own tools; it runs nothing. */
export const createProxier = (mode: RuleMode, config: ProxyConfig): Proxier => makers[mode](config);

/** The sysctls that kube-proxy sets in a mode (NewProxier of each); values as written to /proc/sys. */
export function proxySysctls(mode: RuleMode, config: ProxyConfig): Readonly<Record<string, string>> {
  if (mode === 'nftables') return {};
  if (mode === 'ipvs') {
    return {
      'net.ipv4.vs.conntrack': '1',
      'net.ipv4.vs.expire_nodest_conn': '1',
      'net.ipv4.vs.expire_quiescent_template': '1',
      'net.ipv4.ip_forward': '1',
    };
  }
  const localhost = (config.localhostNodePorts ?? true) && nodePortAddresses(config).containsLoopback;
  return localhost ? { 'net.ipv4.conf.all.route_localnet': '1' } : {};
}
