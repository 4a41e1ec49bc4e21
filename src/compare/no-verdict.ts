import type { FamilyOutcome } from '../results/run.ts';
import type { Check } from '../results/schema.ts';
import type { Unproven } from './unproven.ts';

/** A cell as it is shown. */
interface Named {
  readonly mode: string;
  readonly place: string;
}

/** Why two cells get no verdict, whatever their figures; `src/words/no-verdict.ts` says it. */
export type NoVerdict =
  | ({ readonly code: 'unproven'; readonly unproven: readonly Unproven[] } & Named)
  | ({ readonly code: 'unmeasured' } & Named)
  | ({ readonly code: 'failed-checks'; readonly checks: readonly Omit<Check, 'ok'>[] } & Named)
  | { readonly code: 'kernel-unknown' }
  | { readonly code: 'kernels-differ'; readonly kernels: readonly [string, string] }
  /** null: no Kubernetes. */
  | { readonly code: 'versions-differ'; readonly versions: readonly [string | null, string | null] }
  | { readonly code: 'run-cut-short'; readonly outcome: 'died' | 'failed' | 'interrupted' }
  | { readonly code: 'too-few-blocks'; readonly blocks: number; readonly needed: number }
  /** Every block gave the very same ratio. */
  | { readonly code: 'no-spread' };

/**
 * A family that was cut short stopped for a reason that may have to do with what was measured, so its blocks are no fair sample. One
 * that failed with every planned window recorded lacks proofs, not windows; its proven cells count.
 */
export function cutShort({ outcome }: FamilyOutcome, everyBlockRecorded: boolean): NoVerdict | undefined {
  if (outcome === 'complete' || (outcome === 'failed' && everyBlockRecorded)) return undefined;
  return { code: 'run-cut-short', outcome };
}
