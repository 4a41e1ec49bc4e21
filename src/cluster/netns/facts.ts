import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { exec } from '../../process/exec.ts';
import type { Host } from '../contract/host.ts';
import type { ClusterSpec, Detected, Detections, Facts, IptablesBackend, ProxyMode } from '../contract/provider.ts';
import { POD_CIDR, SERVICE_CIDR } from '../fabric/layout.ts';
import { MENDED_KERNEL } from '../fabric/user-mode-linux.ts';
import { readSysctls } from '../kernel/sysctls.ts';
import { readIptablesBackend } from '../kube/iptables-backend.ts';

/** What can be seen of a cluster of namespaces. */
export async function readFacts(spec: ClusterSpec, nodes: readonly Host[], backend: IptablesBackend): Promise<Facts> {
  const usesIptables = spec.proxyMode !== 'nftables' && spec.proxyMode !== 'none';
  const [iptables, found, sysctls, programs, userMode, identities] = await Promise.all([
    nodes[0]!.exec(['iptables', '--version'], { accept: 'any' }),
    usesIptables ? readIptablesBackend(nodes[0]!) : undefined,
    readSysctls(nodes[0]!),
    versions(spec.proxyMode),
    isUserModeLinux(),
    readFile('/proc/self/uid_map', 'utf8'),
  ]);
  const seen = found && 'value' in found ? found.value : backend;
  return {
    provider: 'netns',
    kernel: release(),
    ...(usesIptables ? { iptablesBackend: seen } : {}),
    detected: detectedHere(found),
    rules:
      spec.proxyMode === 'userspace'
        ? "trafficlab's own, in the shape of kube-proxy 1.25; no API server, one Node.js process per node copies"
        : "trafficlab's own, in the shape of kube-proxy 1.34; no API server",
    userModeLinux: userMode,
    ...(process.env[MENDED_KERNEL]
      ? { kernelMended: 'a copy hands back registers of any size (AMX): src/cluster/fabric/extended-state.ts' }
      : {}),
    // One identity only: the first user of the namespace is whoever started it.
    userNamespace: identities.trim().split(/\s+/)[2] !== '4294967295',
    pods: 'network namespaces; each echo pod that answers has a Node.js process, the others and the clients have none',
    podCidr: POD_CIDR,
    serviceCidr: SERVICE_CIDR,
    ...(spec.link ? { link: spec.link } : {}),
    programs: { ...programs, ...(usesIptables ? { iptables: iptables.stdout } : {}) },
    nodes: { [nodes[0]!.name]: { sysctls } },
  };
}

/** The mode itself is seen in the kernel when it is proven; what this process makes needs no look. */
function detectedHere(backend: Detected<IptablesBackend> | undefined): Detections {
  const made = { source: 'configuration', from: 'this run made it' } as const;
  return {
    ...(backend ? { iptablesBackend: backend } : {}),
    kubeProxyReplacement: { ...made, value: "none: trafficlab's own rules, in the shape of kube-proxy's" },
    cni: { ...made, value: 'network namespaces and routes between them' },
  };
}

const known = new Map<string, Promise<string>>();

/** The same for every cluster of a process, so each is asked once. */
async function versions(mode: ProxyMode): Promise<Record<string, string>> {
  const asked = {
    iproute2: ['ip', '-V'],
    ...(mode === 'nftables' ? { nftables: ['nft', '--version'] } : {}),
    ...(mode === 'ipvs' ? { ipvsadm: ['ipvsadm', '--version'], ipset: ['ipset', '--version'] } : {}),
  };
  const answers = Object.entries(asked).map(async ([name, argv]) => {
    if (!known.has(name))
      known.set(
        name,
        exec(argv, { accept: 'any' }).then(({ stdout }) => stdout.split('\n')[0]!),
      );
    return [name, await known.get(name)!] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

const isUserModeLinux = async (): Promise<boolean> => (await readFile('/proc/cpuinfo', 'utf8')).includes('User Mode Linux');
