import type { Run } from '../results/run.ts';
import { type Json, sameFact, withoutVolatile } from './volatile-facts.ts';

/**
 * One fact in which the environments of two stored runs differ. A fact that only one of them recorded (an older version of trafficlab, a
 * run that ended early) is not known to be the same.
 */
export type EnvironmentDifference = {
  /** "plan", "machine", or clusters as family/cluster, all those for which it is the same. */
  readonly where: readonly string[];
  /** Its path, as in "deployed.nginx.proxy"; a whole group of facts that one side lacks is one difference. */
  readonly fact: string;
} & (
  | { readonly code: 'differs'; readonly before: Json; readonly now: Json }
  | { readonly code: 'unknown-before'; readonly now: Json }
  | { readonly code: 'unknown-now'; readonly before: Json }
);

/**
 * In what a run's environment differs from an earlier one's: what was offered, and every fact that was recorded of the machine and of
 * the clusters that both planned, but for the volatile ones.
 */
export function environmentDifferences(now: Run, then: Run): EnvironmentDifference[] {
  const clusters = [...new Set([...Object.keys(then.facts), ...Object.keys(now.facts)])].filter(
    (key) => plans(now, key) && plans(then, key),
  );
  const differences = [
    ...differing('plan', withoutVolatile('plan', offered(now)), withoutVolatile('plan', offered(then))),
    ...differing('machine', withoutVolatile('machine', now.machine), withoutVolatile('machine', then.machine)),
    ...clusters.flatMap((key) =>
      differing(key, withoutVolatile('cluster', now.facts[key]), withoutVolatile('cluster', then.facts[key])),
    ),
  ];
  const alike = new Map<string, EnvironmentDifference>();
  for (const difference of differences) {
    const { where, ...what } = difference;
    const key = JSON.stringify(what);
    alike.set(key, { ...difference, where: [...(alike.get(key)?.where ?? []), ...where] });
  }
  return [...alike.values()];
}

/** By the key of facts.json, or by a cluster's name alone as runs of one family may have it. */
const plans = ({ plan }: Run, key: string): boolean =>
  plan.families.some(({ id, clusters }) => clusters.some((cluster) => key === `${id}/${cluster.id}` || key === cluster.id));

// Another number of connections or pods makes other figures of the same cell, on the same machine.
const offered = ({ plan }: Run) => ({ trafficlab: plan.trafficlab, provider: plan.provider.name, lab: plan.lab });

function differing(
  where: string,
  now: Json | undefined,
  then: Json | undefined,
  path: readonly string[] = [],
): EnvironmentDifference[] {
  const [ours, theirs] = [known(now), known(then)];
  if (ours === undefined && theirs === undefined) return [];
  const at = { where: [where], fact: path.join('.') || 'every fact' };
  if (theirs === undefined) return [{ ...at, code: 'unknown-before', now: ours! }];
  if (ours === undefined) return [{ ...at, code: 'unknown-now', before: theirs }];
  if (isGroup(ours) && isGroup(theirs))
    return [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].flatMap((key) =>
      differing(where, own(ours, key), own(theirs, key), [...path, key]),
    );
  return sameFact(path, ours, theirs) ? [] : [{ ...at, code: 'differs', before: theirs, now: ours }];
}

/** A group without facts, and a word that says it was not found out, are nothing known. */
function known(value: Json | undefined): Json | undefined {
  if (value === undefined || value === null || value === 'unknown') return undefined;
  return isGroup(value) && Object.keys(value).length === 0 ? undefined : value;
}

const own = (group: { readonly [key: string]: Json }, key: string): Json | undefined =>
  Object.hasOwn(group, key) ? group[key] : undefined;

const isGroup = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
