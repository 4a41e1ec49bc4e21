import type { SeriesName } from '../lab/series.ts';
import type { Comparison } from './comparison.ts';

/**
 * Modes that no one kernel or version holds, each against the member that their families share. The ratios may be looked at side by
 * side; the families differ in more than the mode, so there is no verdict from one to another.
 */
export interface Bridge {
  /** The mode that the families share, as shown. */
  readonly shared: string;
  readonly place: string;
  readonly series: SeriesName;
  readonly sides: readonly { readonly family: string; readonly title: string; readonly comparison: Comparison }[];
}

/** What is taken of a family's analysis. */
interface Family {
  readonly id: string;
  readonly title: string;
  readonly tables: readonly { readonly comparisons: readonly Comparison[] }[];
}

export function bridgesOf(families: readonly Family[]): Bridge[] {
  const sides = families.flatMap((family) =>
    family.tables.flatMap(({ comparisons }) =>
      comparisons
        .filter(({ kind, cell }) => kind === 'reference' && cell.scenario.topology.entry !== 'pod')
        .map((comparison) => ({ family: family.id, title: family.title, comparison })),
    ),
  );
  const groups = new Map<string, typeof sides>();
  for (const side of sides) {
    const { against } = side.comparison;
    const key = JSON.stringify([against.mode, against.place, against.series]);
    groups.set(key, [...(groups.get(key) ?? []), side]);
  }
  return [...groups.values()]
    .filter((group) => new Set(group.map(({ family }) => family)).size > 1)
    .map((group) => {
      const { mode, place, series } = group[0]!.comparison.against;
      return { shared: mode, place, series, sides: group };
    });
}
