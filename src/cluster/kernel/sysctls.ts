import type { Host } from '../contract/host.ts';

/** sysctls that change what kube-proxy's datapath costs. */
const SYSCTLS = [
  'net/ipv4/ip_local_port_range',
  'net/ipv4/tcp_tw_reuse',
  'net/netfilter/nf_conntrack_max',
  'net/netfilter/nf_conntrack_buckets',
  'net/ipv4/vs/conn_reuse_mode',
  'net/ipv4/vs/conntrack',
];

/** The sysctls of a node by name, as in "net.ipv4.vs.conntrack"; those that the kernel does not show are left out. */
export async function readSysctls(node: Host): Promise<Record<string, string>> {
  const { stdout } = await node.exec(['grep', '-H', '', ...SYSCTLS.map((name) => `/proc/sys/${name}`)], { accept: 'any' });
  const pairs = stdout.split('\n').flatMap((line) => {
    const [, name, value] = /^\/proc\/sys\/([^:]+):(.*)$/.exec(line) ?? [];
    return name && value !== undefined ? [[name.replaceAll('/', '.'), value.replaceAll('\t', ' ')] as const] : [];
  });
  return Object.fromEntries(pairs);
}
