import type { Facts } from '../cluster/contract/provider.ts';
import type { Plan } from '../lab/plan.ts';
import type { CellRecord, EndRecord, PhaseRecord, ProofRecord, SkipRecord } from './schema.ts';

/** A run as it lies on disk: all that comparing and reporting know of it. */
export interface Run {
  readonly directory: string;
  readonly plan: Plan;
  /** By `factsKey(family, cluster)`. */
  readonly facts: Readonly<Record<string, Facts>>;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly cells: readonly CellRecord[];
  readonly proofs: readonly ProofRecord[];
  readonly skips: readonly SkipRecord[];
  readonly phases: readonly PhaseRecord[];
  readonly ends: readonly EndRecord[];
  /** What is wrong with the files, a sentence each: a line cut off, a file that is not there. */
  readonly problems: readonly string[];
}

/** How a family came out; `died` when nothing says how it ended: it was killed, or it never began, or it is running now. */
export type FamilyOutcome = { readonly outcome: EndRecord['outcome'] | 'died'; readonly message?: string };

export function outcomeOf(run: Run, family: string): FamilyOutcome {
  const end = run.ends.findLast((candidate) => candidate.family === family);
  if (!end) return { outcome: 'died' };
  return { outcome: end.outcome, ...(end.message === undefined ? {} : { message: end.message }) };
}

/** Families that share a member hold clusters of one name on different kernels or versions, so the name alone would not do. */
export const factsKey = (family: string, cluster: string): string => `${family}/${cluster}`;

/** What was observed of a cluster; undefined where nothing was, or where one name stands for clusters of two families. */
export function factsOf(run: Run, family: string, cluster: string): Facts | undefined {
  const key = factsKey(family, cluster);
  if (Object.hasOwn(run.facts, key)) return run.facts[key];
  const holders = run.plan.families.filter(({ clusters }) => clusters.some(({ id }) => id === cluster));
  return holders.length > 1 || !Object.hasOwn(run.facts, cluster) ? undefined : run.facts[cluster];
}

/** How many requests of a window went wrong: connection errors, time-outs and answers other than 2xx. */
export function errorsOf({ errors, timeouts, statusCounts }: Pick<CellRecord, 'errors' | 'timeouts' | 'statusCounts'>): number {
  const answers = Object.entries(statusCounts).filter(([status]) => !status.startsWith('2'));
  return [...Object.entries(errors), ...answers].reduce((sum, [, count]) => sum + count, timeouts);
}
