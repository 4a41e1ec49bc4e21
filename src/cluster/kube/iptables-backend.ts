import type { Host } from '../contract/host.ts';
import type { Detected, IptablesBackend } from '../contract/provider.ts';

/** Chains that kube-proxy alone makes, in every mode that uses iptables; the kubelet makes others that begin with KUBE-. */
const OF_KUBE_PROXY = [':KUBE-SERVICES ', ':KUBE-PORTALS-CONTAINER '] as const;

/**
 * The backend in which a node holds kube-proxy's chains, as seen in its kernel; where it holds none of them, the one that the node's own
 * iptables uses. Legacy tables are listed only where the kernel has them already: asking for them would make them.
 */
export async function readIptablesBackend(node: Host): Promise<Detected<IptablesBackend>> {
  const read = async (argv: readonly string[]): Promise<string> => {
    const { exitCode, stdout } = await node
      .exec(argv, { accept: 'any', timeoutMs: 30_000 })
      .catch(() => ({ exitCode: 1, stdout: '' }));
    return exitCode === 0 ? stdout : '';
  };
  const legacyTables = (await read(['cat', '/proc/net/ip_tables_names'])).split('\n').includes('nat');
  const [nft, legacy, version] = await Promise.all([
    read(['iptables-nft-save', '-t', 'nat']),
    legacyTables ? read(['iptables-legacy-save', '-t', 'nat']) : '',
    read(['iptables', '--version']),
  ]);
  return judgeBackend(node.name, { nft, legacy, version });
}

export interface BackendTexts {
  readonly nft: string;
  readonly legacy: string;
  readonly version: string;
}

/** Pure part of `readIptablesBackend`: iptables-nft-save, iptables-legacy-save and `iptables --version` in, the finding out. */
export function judgeBackend(node: string, { nft, legacy, version }: BackendTexts): Detected<IptablesBackend> {
  const holds = (text: string) => OF_KUBE_PROXY.some((chain) => text.includes(`\n${chain}`) || text.startsWith(chain));
  const holders: IptablesBackend[] = [
    ...(holds(nft) ? (['nf_tables'] as const) : []),
    ...(holds(legacy) ? (['legacy'] as const) : []),
  ];
  const [only, other] = holders;
  if (only && other) return { unknown: `both iptables backends have kube-proxy chains on ${node}` };
  if (only) return { value: only, source: 'kernel', from: `the chain KUBE-SERVICES on ${node}` };
  const own = backendOf(version);
  return own
    ? { value: own, source: 'component', from: `iptables --version on ${node}` }
    : { unknown: `iptables on ${node} does not say` };
}

/** "iptables v1.8.9 (nf_tables)" or "(legacy)". */
export function backendOf(version: string): IptablesBackend | undefined {
  const [, backend] = /\((legacy|nf_tables)\)/.exec(version) ?? [];
  return backend as IptablesBackend | undefined;
}
