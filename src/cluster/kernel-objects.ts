import type { Host } from './host.ts';
import type { Detected, ProxyMode } from './provider.ts';

/** What a node's kernel holds that only this mode makes, and what of it is missing. */
export interface KernelEvidence {
  readonly evidence: readonly string[];
  readonly failures: readonly string[];
}

/**
 * Looks for the objects of a mode in a node's kernel (measurement.md, 4). ipvs mode, the kubelet, portmap and Docker make KUBE-, CNI-
 * and DOCKER- chains of their own, so only names that one mode makes count.
 */
export async function kernelEvidence(node: Host, mode: ProxyMode): Promise<KernelEvidence> {
  const [nat, ipvs, nft] = await Promise.all([
    read(node, ['iptables-save', '-t', 'nat']),
    virtualServers(node),
    read(node, ['nft', 'list', 'tables', 'ip']),
  ]);
  return judgeKernel(mode, { nat, ipvs, nft });
}

const virtualServers = async (node: Host): Promise<string> => {
  const shown = await read(node, ['cat', '/proc/net/ip_vs']);
  // The file may lack some of them (WHOLE_BYTES in probe/ipvs-tables.ts); ipvsadm is asked only where there are any, since it loads the module.
  return (VIRTUAL_SERVER.test(shown) && (await read(node, ['ipvsadm', '--save', '--numeric']))) || shown;
};

const VIRTUAL_SERVER = /^(?:TCP|UDP|SCTP|-A) /m;

const read = async (node: Host, argv: readonly string[]): Promise<string> => {
  const { exitCode, stdout } = await node
    .exec(argv, { accept: 'any', timeoutMs: 30_000 })
    .catch(() => ({ exitCode: 1, stdout: '' }));
  return exitCode === 0 ? stdout : '';
};

export interface KernelTexts {
  readonly nat: string;
  readonly ipvs: string;
  readonly nft: string;
}

/** Pure part of `kernelEvidence`: iptables-save -t nat, /proc/net/ip_vs or `ipvsadm --save`, and `nft list tables ip` in, findings out. */
export function judgeKernel(mode: ProxyMode, { nat, ipvs, nft }: KernelTexts): KernelEvidence {
  const seen: Record<Exclude<ProxyMode, 'none'>, string | undefined> = {
    userspace: count(nat, /^:KUBE-PORTALS-CONTAINER /gm, 'KUBE-PORTALS-CONTAINER chain'),
    iptables: count(nat, /^:KUBE-SVC-\S+ /gm, 'KUBE-SVC- chains'),
    ipvs: /match-set KUBE-CLUSTER-IP /.test(nat)
      ? count(ipvs, new RegExp(VIRTUAL_SERVER, 'gm'), 'virtual servers, and the KUBE-CLUSTER-IP set')
      : undefined,
    nftables: /^table ip kube-proxy$/m.test(nft) ? 'table ip kube-proxy' : undefined,
  };
  const others = Object.entries(seen).filter(([name, found]) => name !== mode && found !== undefined);
  const own = mode === 'none' ? 'no kube-proxy' : seen[mode];
  return {
    evidence: own === undefined ? [] : [`kernel: ${own}`],
    failures: [
      ...(own === undefined ? [`the kernel holds nothing that ${mode} mode makes`] : []),
      ...others.map(([name, found]) => `the kernel also holds what ${name} mode makes: ${found}`),
    ],
  };
}

function count(text: string, pattern: RegExp, what: string): string | undefined {
  const found = text.match(pattern)?.length ?? 0;
  return found ? `${found} ${what}` : undefined;
}

/** The mode as seen in the kernel of every node; unknown where a look contradicts it. */
export const detectedInKernel = (
  mode: ProxyMode,
  nodes: readonly Pick<Host, 'name'>[],
  failures: readonly string[],
): Detected<ProxyMode> =>
  failures[0] === undefined
    ? { value: mode, source: 'kernel', from: `the rules on ${nodes.map(({ name }) => name).join(', ')}` }
    : { unknown: `looks at the nodes contradict it: ${failures[0]}` };
