import type { RunContext } from '../cluster/contract/provider.ts';
import type { Plan, PlannedFamily } from '../lab/plan.ts';
import type { Recorder } from './recorder.ts';
import type { SessionPool } from './sessions.ts';

/** One family of a plan while it runs: what all parts of running it share. */
export interface FamilyRun {
  readonly plan: Plan;
  readonly family: PlannedFamily;
  readonly sessions: SessionPool;
  readonly context: RunContext;
  readonly log: Recorder;
}
