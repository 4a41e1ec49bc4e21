import type { Look } from '../../proof/look.ts';
import type { Problem } from '../../proof/problem.ts';
import type { Host } from '../contract/host.ts';
import { type Detected, type ProxyMode, proxyModes } from '../contract/provider.ts';

/**
 * Looks for the objects of a mode in a node's kernel (docs/method.md). ipvs mode, the kubelet, portmap and Docker make KUBE-, CNI-
 * and DOCKER- chains of their own, so only names that one mode makes count.
 */
export async function lookIntoKernel(node: Host, mode: ProxyMode): Promise<Look> {
  const [nat, ipvs, nft] = await Promise.all([
    read(node, ['iptables-save', '-t', 'nat']),
    virtualServers(node),
    read(node, ['nft', 'list', 'tables', 'ip']),
  ]);
  return judgeKernel(node.name, mode, { nat, ipvs, nft });
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

/** Pure part of `lookIntoKernel`: iptables-save -t nat, /proc/net/ip_vs or `ipvsadm --save`, and `nft list tables ip` in. */
export function judgeKernel(node: string, mode: ProxyMode, { nat, ipvs, nft }: KernelTexts): Look {
  const counts: Record<ProxyMode, number> = {
    none: 0,
    userspace: count(nat, /^:KUBE-PORTALS-CONTAINER /gm),
    iptables: count(nat, /^:KUBE-SVC-\S+ /gm),
    ipvs: /match-set KUBE-CLUSTER-IP /.test(nat) ? count(ipvs, new RegExp(VIRTUAL_SERVER, 'gm')) : 0,
    nftables: count(nft, /^table ip kube-proxy$/gm),
  };
  const absent = mode !== 'none' && counts[mode] === 0;
  const others = proxyModes.filter((other) => other !== mode && counts[other] > 0);
  return {
    evidence: absent ? [] : [{ code: 'kernel-objects', node, mode, count: counts[mode] }],
    problems: [
      ...(absent ? [{ code: 'mode-absent', node, mode } as const] : []),
      ...others.map((other) => ({ code: 'other-mode-present', node, mode: other, count: counts[other] }) as const),
    ],
    unobserved: [],
  };
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** The mode as seen in the kernel of every node; unknown where a look contradicts it. */
export const detectedInKernel = (
  mode: ProxyMode,
  nodes: readonly Pick<Host, 'name'>[],
  [problem]: readonly Problem[],
): Detected<ProxyMode> =>
  problem === undefined
    ? { value: mode, source: 'kernel', from: `the rules on ${nodes.map(({ name }) => name).join(', ')}` }
    : { unknown: 'the rules on the nodes contradict it', problem };
