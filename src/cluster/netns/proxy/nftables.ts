import { nftablesTable } from '../../kernel/kube-proxy-names.ts';
import { inBatches, nftLineBytes } from './batches.ts';
import { createClaims } from './claims.ts';
import type { ProxyConfig } from './config.ts';
import { longCommentError, refusedComments } from './long-comments.ts';
import { nftablesBase } from './nftables-base.ts';
import { type ElementContainer, elementContainers, type NftablesPort, nftablesPort } from './nftables-port.ts';
import type { Proxier, RuleProgram } from './program.ts';
import { createServiceMap, type ProxyChange, type ProxyObjects } from './service-map.ts';

/** What of a Service is in the kernel. */
interface Installed {
  readonly chains: ReadonlySet<string>;
  readonly affinitySets: ReadonlyMap<string, number>;
}
const nothing: Installed = { chains: new Set(), affinitySets: new Map() };

/**
 * kube-proxy's mode nftables in IPv4 (pkg/proxy/nftables/proxier.go): one transaction per sync; a partial one writes the chains of changed
 * Services and, in the sets and maps, only the elements that differ. Chains that are no longer used are made empty; `sweep` deletes them.
 * @throws UnavailableError (its `replace` and `apply`) for a Service that `nft` would refuse, before anything is written; the next call is
 *   then `replace`, as kube-proxy's next attempt is a full sync.
 */
export function createNftablesProxier(config: ProxyConfig): Proxier {
  const map = createServiceMap(config.node);
  const installed = new Map<string, Installed>();
  const stale = new Set<string>();
  const elements = new Map(elementContainers.map((name) => [name, createClaims<string>()]));
  let created = false;

  const sync = (changed: ReadonlySet<string>, full: boolean): readonly RuleProgram[] => {
    const refused = [...changed].flatMap((key) => refusedComments(map.portsOf(key), config));
    if (refused.length > 0) throw longCommentError(refused);
    const lines: string[] = [];
    const leftChains: string[] = [];
    const leftSets: string[] = [];
    if (full) lines.push(...nftablesBase(config, !created));
    created ||= full;

    for (const key of changed) {
      const before = installed.get(key) ?? nothing;
      const ports = map.portsOf(key).map((port) => nftablesPort(port, config));
      const after = installedOf(ports);
      for (const chain of after.chains) {
        const known = before.chains.has(chain) || stale.delete(chain);
        lines.push(known ? `flush chain ${table} ${chain}` : `add chain ${table} ${chain}`);
      }
      for (const [set, seconds] of after.affinitySets) {
        if (before.affinitySets.get(set) !== seconds) lines.push(addAffinitySet(set, seconds));
      }
      for (const { rules } of ports) for (const rule of rules) lines.push(`add rule ${table} ${rule}`);
      leftChains.push(...[...before.chains].filter((chain) => !after.chains.has(chain)));
      leftSets.push(...[...before.affinitySets.keys()].filter((set) => !after.affinitySets.has(set)));
      for (const name of elementContainers) elements.get(name)!.set(key, elementsIn(name, ports));
      if (ports.length > 0) installed.set(key, after);
      else installed.delete(key);
    }

    const leftElements: string[] = [];
    for (const [name, claims] of elements) {
      for (const { key, before, after } of claims.changes()) {
        const into = after === undefined ? leftElements : lines;
        if (before !== undefined) into.push(`delete element ${table} ${name} { ${key} }`);
        if (after !== undefined) into.push(`add element ${table} ${name} { ${key}${after} }`);
      }
    }
    for (const chain of leftChains) {
      lines.push(`flush chain ${table} ${chain}`);
      stale.add(chain);
    }
    for (const set of leftSets) lines.push(`delete set ${table} ${set}`);
    lines.push(...leftElements);
    return transactions(lines, config);
  };

  return {
    replace: (objects: ProxyObjects) => sync(map.replace(objects), true),
    apply: (change: ProxyChange) => sync(map.apply(change), false),
    sweep() {
      const lines = [...stale].map((chain) => `delete chain ${table} ${chain}`);
      stale.clear();
      return transactions(lines, config);
    },
  };
}

const table = `ip ${nftablesTable}`;

function transactions(lines: readonly string[], { batchBytes }: ProxyConfig): readonly RuleProgram[] {
  if (lines.length === 0) return [];
  const batches = inBatches(lines, nftLineBytes, batchBytes).map((batch) => `${batch.join('\n')}\n`);
  return batches.map((input) => ({ argv: ['nft', '-f', '-'], input, ...(batches.length > 1 ? { alone: true } : {}) }));
}

const addAffinitySet = (name: string, seconds: number): string =>
  `add set ${table} ${name} { type ipv4_addr ; flags dynamic,timeout ; timeout ${seconds}s ; }`;

const installedOf = (ports: readonly NftablesPort[]): Installed => ({
  chains: new Set(ports.length === 1 ? ports[0]!.chains : ports.flatMap(({ chains }) => chains)),
  affinitySets: ports.length === 1 ? ports[0]!.affinitySets : new Map(ports.flatMap((port) => [...port.affinitySets])),
});

const noElements: ReadonlyMap<string, string> = new Map();
const elementsIn = (name: ElementContainer, ports: readonly NftablesPort[]): ReadonlyMap<string, string> =>
  ports.length === 1
    ? (ports[0]!.elements.get(name) ?? noElements)
    : new Map(ports.flatMap((port) => [...(port.elements.get(name) ?? noElements)]));
