import type { MovedObject } from '../proof/hop.ts';
import { canMatch, type IptablesRule, type IptablesTable } from './iptables-save.ts';

/** How much a rule's counter moved between two readings of a table; negative where it began again. */
export type Moved = (rule: IptablesRule) => number;

/** Rules are the same by chain and text; of rules with one text the first is compared with the first. */
export function movedBetween(before: IptablesTable, after: IptablesTable): Moved {
  const chains = new Map<string, ReadonlyMap<IptablesRule, number>>();
  const movedIn = (chain: string): ReadonlyMap<IptablesRule, number> => {
    const earlier = new Map<string, number[]>();
    for (const { text, packets } of before.rules(chain)) earlier.set(text, [...(earlier.get(text) ?? []), packets]);
    return new Map(after.rules(chain).map((rule) => [rule, rule.packets - (earlier.get(rule.text)?.shift() ?? 0)]));
  };
  return (rule) => {
    const known = chains.get(rule.chain) ?? movedIn(rule.chain);
    chains.set(rule.chain, known);
    return known.get(rule) ?? 0;
  };
}

/** Where connections went that a rule took: the chains behind it and the addresses that they were led to. */
export interface Walk {
  /** Chains in the order in which they are met, each with what its incoming rules moved. */
  readonly chains: ReadonlyMap<string, number>;
  /** Of rules with target DNAT. */
  readonly destinations: readonly { readonly chain: string; readonly to: string; readonly moved: number }[];
  /** Rules on the way whose counters began again. */
  readonly reset: readonly IptablesRule[];
}

/** Follows a rule's jumps as far as counters moved. */
export function walkFrom(table: IptablesTable, start: IptablesRule, moved: Moved): Walk {
  const chains = new Map<string, number>();
  const destinations: { chain: string; to: string; moved: number }[] = [];
  const reset: IptablesRule[] = [];
  const visit = (rule: IptablesRule): void => {
    const count = moved(rule);
    if (count < 0) reset.push(rule);
    const { target = '', chain, options } = rule;
    if (count === 0) return;
    if (target === 'DNAT') destinations.push({ chain, to: options.get('--to-destination')?.[0] ?? '', moved: count });
    if (!table.has(target)) return;
    const known = chains.get(target);
    chains.set(target, (known ?? 0) + count);
    if (known === undefined) for (const next of table.rules(target)) visit(next);
  };
  visit(start);
  return { chains, destinations, reset };
}

/**
 * Rules that took connections to an address although they are none of the way's own: between the hooks that packets come in by and the
 * way's entry, with a target that ends the walk or is another Service's chain.
 */
export function divertingRules(
  table: IptablesTable,
  { address, port }: { readonly address: string; readonly port: number },
  moved: Moved,
  own: ReadonlySet<IptablesRule>,
): IptablesRule[] {
  const found: IptablesRule[] = [];
  const seen = new Set<string>();
  const visit = (chain: string): void => {
    if (seen.has(chain)) return;
    seen.add(chain);
    for (const rule of table.rules(chain)) {
      if (own.has(rule) || moved(rule) <= 0 || !canMatch(rule, address, port)) continue;
      if (ENDS.has(rule.target ?? '') || OF_A_SERVICE.test(rule.target ?? '')) found.push(rule);
      else visit(rule.target ?? '');
    }
  };
  for (const hook of ['PREROUTING', 'OUTPUT']) visit(hook);
  return found;
}

const ENDS = new Set(['DNAT', 'REDIRECT', 'ACCEPT', 'DROP', 'RETURN', 'NETMAP']);
const OF_A_SERVICE = /^(?:KUBE-(?:SVC|SVL|EXT|FW|SEP)|CNI-DN)-/;

export const ruleObject = (node: string, rule: IptablesRule, moved: number): MovedObject => ({
  kind: 'rule',
  node,
  table: 'nat',
  name: rule.text.replace(/^-A /, ''),
  moved,
  seenBy: 'counter',
});

export const chainObjects = (node: string, { chains }: Walk, named: (chain: string) => boolean): MovedObject[] =>
  [...chains]
    .filter(([chain]) => named(chain))
    .map(([name, moved]) => ({ kind: 'chain', node, table: 'nat', name, moved, seenBy: 'counter' }));
