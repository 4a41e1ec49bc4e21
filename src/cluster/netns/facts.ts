import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { exec } from '../../exec.ts';
import { POD_CIDR, SERVICE_CIDR } from '../fabric/layout.ts';
import { MENDED_KERNEL } from '../fabric/user-mode-linux.ts';
import type { Host } from '../host.ts';
import { backendOf } from '../kube/iptables-backend.ts';
import type { ClusterSpec, Detections, Facts, IptablesBackend, ProxyMode } from '../provider.ts';
import { readSysctls } from '../sysctls.ts';

/** What can be seen of a cluster of namespaces. */
export async function readFacts(spec: ClusterSpec, nodes: readonly Host[], backend: IptablesBackend): Promise<Facts> {
  const usesIptables = spec.proxyMode !== 'nftables' && spec.proxyMode !== 'none';
  const [iptables, sysctls, programs, userMode, identities] = await Promise.all([
    nodes[0]!.exec(['iptables', '--version'], { accept: 'any' }),
    readSysctls(nodes[0]!),
    versions(spec.proxyMode),
    isUserModeLinux(),
    readFile('/proc/self/uid_map', 'utf8'),
  ]);
  const seen = backendOf(iptables.stdout) ?? backend;
  return {
    provider: 'netns',
    kernel: release(),
    ...(usesIptables ? { iptablesBackend: seen } : {}),
    detected: detectedHere(nodes[0]!.name, usesIptables ? iptables.stdout : undefined, backend),
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
function detectedHere(node: string, version: string | undefined, asked: IptablesBackend): Detections {
  const made = { source: 'configuration', from: 'this run made it' } as const;
  const seen = version === undefined ? undefined : backendOf(version);
  return {
    ...(version === undefined
      ? {}
      : {
          iptablesBackend: seen
            ? { value: seen, source: 'component', from: `iptables --version on ${node}` }
            : { ...made, value: asked },
        }),
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
