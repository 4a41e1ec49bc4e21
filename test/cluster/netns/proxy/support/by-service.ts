import type { Chains } from './iptables-text.ts';

const sharedChains = /^(nat|filter) KUBE-(SERVICES|NODEPORTS|EXTERNAL-SERVICES|PROXY-FIREWALL)$/;

/**
 * Rules in the order that matters: as they stand in a Service's own chains, and in chains that Services share, as they stand for each
 * Service; what belongs to no Service is known to be last. Built-in chains that are empty are left out.
 */
export function byService(chains: Chains): Record<string, unknown> {
  return Object.fromEntries(
    [...chains]
      .filter(([chain, rules]) => rules.length > 0 || chain.includes('KUBE-'))
      .map(([chain, rules]) => [chain, sharedChains.test(chain) ? grouped(rules) : rules]),
  );
}

function grouped(rules: readonly string[]): Record<string, unknown> {
  const groups: Record<string, string[]> = {};
  for (const rule of rules) groups[named(rule)] = [...(groups[named(rule)] ?? []), rule];
  const last = rules.at(-1) ?? '';
  return { ...groups, last: named(last) === '' ? last : undefined };
}

const named = (rule: string): string => /--comment ([\w-]+\/[\w-]+(?::[\w-]+)?)/.exec(rule)?.[1] ?? '';
