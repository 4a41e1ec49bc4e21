import type { FamilyLimits, Limits } from '../../src/cluster/contract/provider.ts';

/** Limits as the netns provider sees them on a kernel without IPVS. */
export const netnsLimits: Limits = {
  proxyModes: {},
  topologies: {},
  series: {},
  events: {},
  families: [
    {
      id: 'host',
      title: 'Linux 6.8',
      members: [
        { proxyMode: 'userspace' },
        { proxyMode: 'nftables' },
        { proxyMode: 'iptables', iptablesBackend: 'legacy' },
        { proxyMode: 'iptables', iptablesBackend: 'nf_tables' },
      ],
    },
    {
      id: 'uml',
      title: 'User-Mode Linux 6.1',
      members: [{ proxyMode: 'ipvs' }, { proxyMode: 'iptables', iptablesBackend: 'legacy' }],
    },
  ],
  seen: { kernel: '6.8.0' },
};

/** Limits as the kind provider sees them on a kernel with everything. */
export const kindLimits: Limits = {
  proxyModes: {},
  topologies: {},
  series: {},
  events: {},
  families: [family('v1.34.11', ['iptables', 'ipvs', 'nftables']), family('v1.25.16', ['userspace', 'iptables'])],
  seen: {},
  memoryMiB: { available: 8000, perNode: 500 },
  pulls: ['kindest/node:v1.34.11'],
};

function family(version: string, modes: readonly FamilyLimits['members'][number]['proxyMode'][]): FamilyLimits {
  return { id: version, title: `Kubernetes ${version}`, version, members: modes.map((proxyMode) => ({ proxyMode })) };
}
