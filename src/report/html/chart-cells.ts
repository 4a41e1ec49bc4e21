import type { Cell } from '../../compare/cell.ts';
import { notObserved } from '../../compare/names.ts';
import type { RunAnalysis } from '../../compare/run.ts';
import type { SeriesName } from '../../lab/series.ts';

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

/** What tells the cells of one chart apart, the mode where there are several, the place where there are several; with their remarks. */
export function cellNamer(cells: readonly Cell[]): (cell: Cell) => string {
  const modes = new Set(cells.map(({ mode }) => mode)).size > 1;
  const places = new Set(cells.map(({ place }) => place)).size > 1;
  return (cell) => `${places ? (modes ? `${cell.mode}, ${cell.place}` : cell.place) : cell.mode}${remarks(cell)}`;
}

/** " (not ranked, mode not observed)": why a cell's figures are not to be taken as the others are. */
export function remarks(cell: Cell): string {
  const { unobserved } = cell;
  const all = [...(isRanked(cell) ? [] : ['not ranked']), ...(unobserved.length > 0 ? [notObserved(unobserved)] : [])];
  return all.length > 0 ? ` (${all.join(', ')})` : '';
}

export const isRanked = ({ standing }: Cell): boolean => standing.kind === 'ranked';
