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
 * Why a scenario has no figures: proofs that it needs and that were never made, and any proof of its cluster or path that was refuted.
 * Empty: it has figures, though some proofs may be unobserved.
 */
export function unproven(run: Run, family: string, scenario: Scenario): Unproven[] {
  const about = proofsOf(run, family, scenario);
  const holders = run.plan.families.filter(({ clusters }) => clusters.some(({ id }) => id === scenario.cluster)).length;
  const refuted = about.filter(isRefuted).map(({ subject, problems }): Unproven => {
    const unexplained: readonly Problem[] = [{ code: 'unexplained' }];
    return { subject, problems: problems.length > 0 ? problems : unexplained };
  });
  // Where families hold clusters of one name, a proof that names no family may be the other's: it can fail a cell, never prove it.
  const missing = neededProofs(scenario).filter(
    (subject) => !about.some((proof) => proof.subject === subject && (proof.family === family || holders === 1)),
  );
  return [...refuted, ...missing.map((subject): Unproven => ({ subject, problems: [{ code: 'no-proof' }] }))];
}

/** The pod IP is reached without the rules of any Service. */
const neededProofs = ({ topology }: Scenario): readonly ProofRecord['subject'][] =>
  topology.entry === 'pod' ? ['mode', 'path'] : ['mode', 'rules', 'path'];

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
    if (unobserved.length > 0 && neededProofs(scenario).includes(subject)) bySubject.set(subject, unobserved);
  return [...bySubject].map(([subject, reasons]) => ({ subject, reasons }));
}
