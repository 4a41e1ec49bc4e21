import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { exec } from '../../exec.ts';
import { inParallel } from '../fabric/in-parallel.ts';
import { POD_CIDR, SERVICE_CIDR } from '../fabric/layout.ts';
import { backendOf } from '../kube/facts.ts';
import type { ClusterSpec, Facts, Host, IptablesBackend } from '../provider.ts';

/** sysctls that change what the rules cost. */
const SYSCTLS = [
  'net/ipv4/ip_local_port_range',
  'net/ipv4/tcp_tw_reuse',
  'net/netfilter/nf_conntrack_max',
  'net/netfilter/nf_conntrack_buckets',
  'net/ipv4/vs/conn_reuse_mode',
  'net/ipv4/vs/conntrack',
];

/** What can be seen of a cluster of namespaces. */
export async function readFacts(spec: ClusterSpec, nodes: readonly Host[], backend: IptablesBackend): Promise<Facts> {
  const usesIptables = spec.proxyMode !== 'nftables' && spec.proxyMode !== 'none';
  const [iptables, sysctls, programs, userMode, identities] = await Promise.all([
    nodes[0]!.exec(['iptables', '--version'], { accept: 'any' }),
    inParallel(nodes, readSysctls),
    versions(),
    isUserModeLinux(),
    readFile('/proc/self/uid_map', 'utf8'),
  ]);
  const seen = backendOf(iptables.stdout) ?? backend;
  return {
    provider: 'netns',
    kernel: release(),
    ...(usesIptables ? { iptablesBackend: seen } : {}),
    rules:
      spec.proxyMode === 'userspace'
        ? "trafficlab's own, in the shape of kube-proxy 1.25; no API server, one Node.js process per node copies"
        : "trafficlab's own, in the shape of kube-proxy 1.34; no API server",
    userModeLinux: userMode,
    // One identity only: the first user of the namespace is whoever started it.
    userNamespace: identities.trim().split(/\s+/)[2] !== '4294967295',
    pods: 'network namespaces; each echo pod that answers has a Node.js process, the others and the clients have none',
    podCidr: POD_CIDR,
    serviceCidr: SERVICE_CIDR,
    ...(spec.link ? { link: spec.link } : {}),
    programs,
    nodes: Object.fromEntries(nodes.map(({ name }, index) => [name, { sysctls: sysctls[index] }])),
  };
}

async function readSysctls(node: Host): Promise<Record<string, string>> {
  const { stdout } = await node.exec(['grep', '-H', '', ...SYSCTLS.map((name) => `/proc/sys/${name}`)], { accept: 'any' });
  const pairs = stdout.split('\n').flatMap((line) => {
    const [, name, value] = /^\/proc\/sys\/([^:]+):(.*)$/.exec(line) ?? [];
    return name && value !== undefined ? [[name.replaceAll('/', '.'), value.replaceAll('\t', ' ')] as const] : [];
  });
  return Object.fromEntries(pairs);
}

const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  iproute2: ['ip', '-V'],
  nftables: ['nft', '--version'],
  iptables: ['iptables', '--version'],
  ipvsadm: ['ipvsadm', '--version'],
};

let known: Promise<Record<string, string>> | undefined;

/** The same for every cluster of a process, so asked once. */
function versions(): Promise<Record<string, string>> {
  known ??= Promise.all(
    Object.entries(VERSIONS).map(async ([name, argv]) => {
      const said = await exec(argv, { accept: 'any' }).catch(() => undefined);
      return [name, said?.exitCode === 0 ? said.stdout.split('\n')[0]! : 'not there'] as const;
    }),
  ).then((pairs) => Object.fromEntries(pairs));
  return known;
}

const isUserModeLinux = async (): Promise<boolean> => (await readFile('/proc/cpuinfo', 'utf8')).includes('User Mode Linux');
