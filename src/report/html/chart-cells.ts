import type { Cell } from '../../compare/cell.ts';
import type { RunAnalysis } from '../../compare/run.ts';
import type { SeriesName } from '../../results/schema.ts';

export interface SeriesCells {
  readonly family: string;
  /** Title of the family where the run has several, else empty. */
  readonly familyTitle: string;
  readonly series: SeriesName;
  /** Those with figures. */
  readonly cells: readonly Cell[];
}

/** What charts are drawn of: the cells with figures of each series of each family that has any. */
export function seriesCells({ families }: RunAnalysis, wanted: readonly SeriesName[]): SeriesCells[] {
  return families
    .flatMap(({ id, title, tables }) =>
      tables.map(({ series, cells }) => ({
        family: id,
        familyTitle: families.length > 1 ? title : '',
        series,
        cells: cells.filter(({ figures }) => figures),
      })),
    )
    .filter(({ series, cells }) => wanted.includes(series) && cells.length > 0);
}

/** The modes of a run in their order, so that each looks the same in all its charts. */
export const modesOf = ({ families }: RunAnalysis): string[] => [
  ...new Set(families.flatMap(({ tables }) => tables.flatMap(({ cells }) => cells.map(({ mode }) => mode)))),
];

/** What tells the cells of one chart apart: the mode where there are several, the place where there are several. */
export function cellNamer(cells: readonly Cell[]): (cell: Cell) => string {
  const modes = new Set(cells.map(({ mode }) => mode)).size > 1;
  const places = new Set(cells.map(({ place }) => place)).size > 1;
  return ({ mode, place }) => (places ? (modes ? `${mode}, ${place}` : place) : mode);
}

export const isRanked = ({ standing }: Cell): boolean => standing.kind === 'ranked';
