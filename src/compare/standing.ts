import type { CellRecord, Check } from '../results/schema.ts';
import type { Unproven } from './unproven.ts';

/** What a cell's figures may be used for. */
export type Standing =
  | { readonly kind: 'ranked' }
  /** Its figures are shown, and nothing is concluded from them. */
  | { readonly kind: 'unranked' }
  /** A proof of its mode, rules or path was refuted or never made, so it has no figures. */
  | { readonly kind: 'unproven'; readonly unproven: readonly Unproven[] }
  /** No window of it was recorded. */
  | { readonly kind: 'unmeasured' };

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
