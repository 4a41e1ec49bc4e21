import cliTruncate from 'cli-truncate';
import { plainLabel } from '../plain.ts';

/** A cell of the matrix while load runs: its window has begun, or what the newest one came to. */
export interface CellProgress {
  readonly family: string;
  readonly scenario: string;
  readonly series: string;
  readonly state: 'measuring' | 'measured';
  /** Of this window, from 1, and how many there will be. */
  readonly block: number;
  readonly blocks: number;
  /** Of this cell in the block's order, from 1, and how many cells a block has. */
  readonly cell: number;
  readonly cells: number;
  /** Roughly, until the family is done; absent before anything was measured. */
  readonly secondsLeft?: number;
  /** Of the newest window: requests a second, microseconds, errors and time-outs; absent before the first one ended. */
  readonly rate?: number;
  readonly p50?: number;
  readonly p99?: number;
  readonly errors?: number;
}

/** Rows that a list needs around the table. */
const AROUND = 6;
const FIGURES = 36;

/**
 * A line for each cell with its newest figures, the one under load marked, as many as fit: where they do not all, those around it; below,
 * how far the block is and how long it will take.
 */
export function cellTable(
  cells: readonly CellProgress[],
  now: CellProgress,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): string {
  const shown = around(cells, cells.indexOf(now), Math.max(1, rows - AROUND - 2));
  const room = Math.max(12, Math.min(60, columns - FIGURES - 9));
  const name = ({ scenario, series }: CellProgress) =>
    cliTruncate(plainLabel(`${scenario} ${series}`), room, { position: 'middle' });
  const width = Math.max(...shown.map((cell) => name(cell).length), 4);
  const line = (mark: string, title: string, figures: readonly string[]) =>
    `${mark} ${title.padEnd(width)} ${figures.map((text, index) => text.padStart([9, 9, 9, 7][index]!)).join('')}`.trimEnd();
  return [
    line(' ', 'cell', ['rate/s', 'p50 us', 'p99 us', 'errors']),
    ...shown.map((cell) => line(cell === now && cell.state === 'measuring' ? '>' : ' ', name(cell), figures(cell))),
    `${now.cell} of ${now.cells} cells in block ${now.block} of ${now.blocks}${left(now)}`,
  ].join('\n');
}

const around = <T>(all: readonly T[], index: number, most: number): readonly T[] => {
  const from = Math.max(0, Math.min(index - Math.floor(most / 2), all.length - most));
  return all.slice(from, from + most);
};

const figures = ({ rate, p50, p99, errors }: CellProgress): string[] =>
  [rate, p50, p99, errors].map((value) => (value === undefined ? '-' : Math.round(value).toLocaleString('en')));

const left = ({ secondsLeft }: Pick<CellProgress, 'secondsLeft'>): string =>
  secondsLeft === undefined ? '' : `, about ${secondsLeft} s left`;
