import type { SeriesName } from '../lab/series.ts';
import type { Cell, Outlier } from './cell.ts';
import type { Comparison } from './comparison.ts';
import type { FamilyAnalysis } from './run.ts';
import type { FailedCheck } from './standing.ts';
import type { Unproven } from './unproven.ts';

/** A scenario as it is shown. */
export interface Place {
  readonly mode: string;
  readonly place: string;
}

/** What a reader of a family's tables must know; `src/words/note.ts` says it. */
export type Note =
  /** A scenario has no figures. */
  | ({ readonly code: 'unproven'; readonly unproven: readonly Unproven[] } & Place)
  /** What could not be looked at in these scenarios; nothing contradicted it. */
  | ({ readonly code: 'unobserved'; readonly places: readonly Place[] } & Cell['unobserved'][number])
  /** A check that failed in these cells, with what its first failure saw. */
  | ({
      readonly code: 'failed-check';
      readonly cells: readonly (Place & { readonly series: SeriesName; readonly blocks: number; readonly of: number })[];
    } & Pick<FailedCheck, 'name' | 'seen' | 'unranks'>)
  | ({ readonly code: 'outlier'; readonly series: SeriesName } & Outlier & Place)
  /** The way to the pod meets no rule, so clusters that differ there differ in something other than their mode. */
  | { readonly code: 'clusters-differ'; readonly comparison: Comparison };

/** What has no figure, what is not ranked, what is far from the rest. */
export function notesOf({ tables }: FamilyAnalysis): Note[] {
  const cells = tables.flatMap((table) => table.cells);
  return [
    ...unprovenNotes(cells),
    ...unobservedNotes(cells),
    ...checkNotes(cells),
    ...cells.flatMap(({ mode, place, series, outliers }) =>
      outliers.map((outlier) => ({ code: 'outlier' as const, mode, place, series, ...outlier })),
    ),
    ...tables
      .flatMap(({ comparisons }) => comparisons)
      .filter(
        ({ kind, cell, verdict }) =>
          kind === 'reference' &&
          cell.scenario.topology.entry === 'pod' &&
          (verdict.kind === 'faster' || verdict.kind === 'slower'),
      )
      .map((comparison) => ({ code: 'clusters-differ' as const, comparison })),
  ];
}

/** Once for all series of a scenario. */
function unprovenNotes(cells: readonly Cell[]): Note[] {
  const notes = new Map<string, Note>();
  for (const { standing, mode, place } of cells)
    if (standing.kind === 'unproven')
      notes.set(JSON.stringify([mode, place, standing.unproven]), { code: 'unproven', mode, place, unproven: standing.unproven });
  return [...notes.values()];
}

/** Once for all scenarios that are alike in it. */
function unobservedNotes(cells: readonly Cell[]): Note[] {
  const notes = new Map<string, Extract<Note, { code: 'unobserved' }>>();
  for (const { mode, place, unobserved } of cells)
    for (const proof of unobserved) {
      const places = notes.get(JSON.stringify(proof))?.places ?? [];
      const known = places.some((one) => one.mode === mode && one.place === place);
      notes.set(JSON.stringify(proof), { code: 'unobserved', ...proof, places: known ? places : [...places, { mode, place }] });
    }
  return [...notes.values()];
}

/** Once for all cells that failed a check in the same way. */
function checkNotes(cells: readonly Cell[]): Note[] {
  const notes = new Map<string, Extract<Note, { code: 'failed-check' }>>();
  for (const { mode, place, series, failedChecks } of cells)
    for (const { name, blocks, of, seen, unranks } of failedChecks) {
      const key = JSON.stringify([name, unranks, seen.code, limitsOf(seen)]);
      const { cells: before, ...note } = notes.get(key) ?? { code: 'failed-check', name, seen, unranks, cells: [] };
      notes.set(key, { ...note, cells: [...before, { mode, place, series, blocks: blocks.length, of }] });
    }
  return [...notes.values()];
}

/** What a check was held to, where that is not the same for all. */
const limitsOf = (seen: FailedCheck['seen']): unknown =>
  seen.code === 'values' ? [seen.fewestRequests, seen.fewestDistinct] : seen.code === 'stated' ? seen.remedy : undefined;
