import type { Scenario } from '../lab/plan.ts';
import type { Problem } from '../proof/problem.ts';
import type { Unobserved } from '../proof/unobserved.ts';
import type { Run } from '../results/run.ts';
import type { ProofRecord } from '../results/schema.ts';

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
