import type { ClusterProvider } from '../contract/provider.ts';
import { sandboxPrefix } from '../fabric/sandbox.ts';
import { userModeLinuxPrefix } from '../fabric/user-mode-linux.ts';
import { createCluster } from './cluster.ts';
import { HOST_FAMILY, hasIpvs, type Inspection, inspectNetns, USER_MODE_LINUX_FAMILY } from './inspect.ts';
import { fetchedEnvironment, prepareNetns } from './prepare.ts';

const UML_MEMORY_MIB = 2048;

/** What clusters of ipvs and of iptables-legacy use of a User-Mode Linux kernel. */
const UML_MODULES = [
  ...['bridge', 'veth', 'dummy', 'nf_conntrack', 'nfnetlink'],
  ...['iptable_nat', 'iptable_filter', 'iptable_mangle', 'ipt_REJECT'],
  ...['addrtype', 'comment', 'conntrack', 'mark', 'MASQUERADE', 'nat', 'set', 'statistic', 'tcpudp'].map((name) => `xt_${name}`),
  ...['ip_vs', 'ip_vs_rr', 'ip_set', 'ip_set_bitmap_port'],
  ...['ip', 'ipport', 'ipportip', 'ipportnet'].map((name) => `ip_set_hash_${name}`),
] as const;

/** Clusters of network namespaces on the kernel's own iptables, nftables and IPVS, in a sandbox of this process. */
export function netnsProvider(): ClusterProvider {
  let looked: Promise<Inspection> | undefined;
  const look = () => {
    looked ??= fetchedEnvironment().then(inspectNetns);
    return looked;
  };
  return {
    name: 'netns',
    keeps: false,
    async prepare(modes, topologies, context) {
      await prepareNetns(modes, topologies, context, hasIpvs);
      looked = undefined; // what was missing before may be there now
    },
    inspect: async () => (await look()).limits,
    create: (spec, context) =>
      context.phase(`create ${spec.id}`, () =>
        context.progress.step(`netns: cluster ${spec.id} (${spec.workers + 1} nodes, ${spec.proxyMode})`, () =>
          createCluster(spec),
        ),
      ),
    // All that was made has gone with the process that made it.
    sweep: async () => [],
    enclosure: async (family) => {
      const { userModeLinux, limits } = await look();
      // Root goes without a user namespace: in one the kernel caps netlink messages, and thousands of rules take minutes (message-bytes.ts).
      const env = await fetchedEnvironment();
      if (family.id === HOST_FAMILY) return sandboxPrefix({ userNamespace: process.getuid?.() !== 0, env });
      if (family.id !== USER_MODE_LINUX_FAMILY || !userModeLinux)
        return limits.proxyModes.ipvs ?? { code: 'no-family', family: family.id };
      return userModeLinuxPrefix({ program: userModeLinux, memoryMiB: UML_MEMORY_MIB, modules: UML_MODULES }, { env });
    },
  };
}
