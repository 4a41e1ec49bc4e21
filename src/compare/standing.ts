import type { Scenario } from '../lab/plan.ts';
import type { Problem } from '../proof/problem.ts';
import type { Unobserved } from '../proof/unobserved.ts';
import type { Run } from '../results/run.ts';
import type { CellRecord, Check, ProofRecord } from '../results/schema.ts';

/** What a cell's figures may be used for. */
export type Standing =
  | { readonly kind: 'ranked' }
  /** Its figures are shown, and nothing is concluded from them. */
  | { readonly kind: 'unranked' }
  /** Nothing shows that its mode, its rules or its path were what they say, so it has no figures. */
  | { readonly kind: 'unproven'; readonly unproven: readonly Unproven[] }
  /** No window of it was recorded. */
  | { readonly kind: 'unmeasured' };

/** A proof that was refuted, or never made. */
export interface Unproven {
  readonly subject: ProofRecord['subject'];
  readonly problems: readonly Problem[];
}

/** A proof that could not be made for all of its subject. */
export interface UnobservedProof {
  readonly subject: ProofRecord['subject'];
  readonly reasons: readonly Unobserved[];
}

export interface FailedCheck {
  readonly name: Check['name'];
  /** Blocks in which it failed. */
  readonly blocks: readonly number[];
  readonly of: number;
  /** What the first failure saw. */
  readonly seen: Check['seen'];
  /** It takes the cell out of the ranking. */
  readonly unranks: boolean;
}

/**
 * The checks that failed in any block, and whether that takes the cell out of the ranking:
 * - answers that are missing or wrong: in any block. Such a window measured something else than the others;
 * - generator-bound: in half of the blocks or more, which is where the median window is bound;
 * - all others: in more than a third. Noise of single blocks widens the interval, which is the honest way to count it.
 */
export function failedChecks(cells: readonly CellRecord[]): FailedCheck[] {
  const names = [...new Set(cells.flatMap(({ checks }) => checks.filter(({ ok }) => !ok).map(({ name }) => name)))];
  return names.map((name) => {
    const failed = cells.filter(({ checks }) => checks.some((check) => check.name === name && !check.ok));
    const first = failed[0]!.checks.find((check) => check.name === name && !check.ok)!;
    const share = failed.length / cells.length;
    const unranks = wrongAnswers.has(name) || (name === 'generator-bound' ? share >= 1 / 2 : share > 1 / 3);
    return { name, blocks: failed.map(({ block }) => block), of: cells.length, seen: first.seen, unranks };
  });
}

const wrongAnswers: ReadonlySet<Check['name']> = new Set(['errors', 'time-outs', 'non-2xx']);

/**
 * Why a scenario is not proven; empty when it is. Its cluster's mode and its own path must have been seen, and its cluster's rules
 * too where it enters by a Service; no failure counts as no matter, and neither does a proof that was never made.
 */
export function unproven(run: Run, family: string, scenario: Scenario): Unproven[] {
  const about = proofsOf(run, family, scenario);
  const holders = run.plan.families.filter(({ clusters }) => clusters.some(({ id }) => id === scenario.cluster)).length;
  const refuted = about.filter(isRefuted).map(({ subject, problems }): Unproven => {
    const unexplained: readonly Problem[] = [{ code: 'unexplained' }];
    return { subject, problems: problems.length > 0 ? problems : unexplained };
  });
  const needed = scenario.topology.entry === 'pod' ? (['mode', 'path'] as const) : (['mode', 'rules', 'path'] as const);
  // Where families hold clusters of one name, a proof that names no family may be the other's: it can fail a cell, never prove it.
  const missing = needed.filter(
    (subject) => !about.some((proof) => proof.subject === subject && (proof.family === family || holders === 1)),
  );
  return [...refuted, ...missing.map((subject): Unproven => ({ subject, problems: [{ code: 'no-proof' }] }))];
}

const proofsOf = (run: Run, family: string, scenario: Scenario): ProofRecord[] =>
  run.proofs.filter(
    (proof) =>
      proof.cluster === scenario.cluster &&
      (proof.family === undefined || proof.family === family) &&
      (proof.scenario === undefined || proof.scenario === scenario.id),
  );

/** Whether a problem contradicts what a proof is about; what could not be looked at does not. */
export const isRefuted = ({ proven, problems, unobserved }: ProofRecord): boolean =>
  !proven && (problems.length > 0 || unobserved.length === 0);

/** What of a scenario could not be looked at: its cluster's mode and rules, its own path; of a proof made again the last counts. */
export function unobservedProofs(run: Run, family: string, scenario: Scenario): UnobservedProof[] {
  const bySubject = new Map<UnobservedProof['subject'], readonly Unobserved[]>();
  for (const { subject, unobserved } of proofsOf(run, family, scenario))
    if (unobserved.length > 0 && !(subject === 'rules' && scenario.topology.entry === 'pod')) bySubject.set(subject, unobserved);
  return [...bySubject].map(([subject, reasons]) => ({ subject, reasons }));
}
