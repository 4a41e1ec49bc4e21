import CliTable from 'cli-table3';
import type pc from 'picocolors';
import type { Cell, Figures } from '../compare/cell.ts';
import type { Comparison } from '../compare/comparison.ts';
import { notObserved } from '../compare/names.ts';
import type { Table } from '../compare/run.ts';
import type { Verdict } from '../compare/verdict.ts';
import { figure, interval, ratio, share } from '../words/format.ts';

export type Colours = ReturnType<typeof pc.createColors>;

/** The cells of one series of one family with their verdicts; two lines a row, so that a row fits 100 columns. */
export function cellTable({ cells, comparisons }: Table, colours: Colours): string {
  const podColumn = comparisons.some(({ kind }) => kind === 'pod');
  const references = referencesIn(comparisons);
  const head = ['scenario', 'rate/s', 'p50 us', 'p99 us', 'CPU/\nELU %', 'errors'];
  const table = plainTable([
    ...head,
    ...(podColumn ? ['against\npod IP'] : []),
    ...references.map((mode) => `against\n${mode.replace(' (', '\n(')}`),
  ]);
  for (const cell of cells) {
    const mine = comparisons.filter((comparison) => comparison.cell === cell);
    table.push([
      scenarioCell(cell, colours),
      ...figures(cell, colours),
      ...(podColumn
        ? [
            verdictCell(
              mine.find(({ kind }) => kind === 'pod'),
              colours,
            ),
          ]
        : []),
      ...references.map((mode) =>
        verdictCell(
          mine.find(({ kind, against }) => kind === 'reference' && against.mode === mode),
          colours,
        ),
      ),
    ]);
  }
  return trimmed(table.toString());
}

/** The same cells of two stored runs. */
export function betweenTable(comparisons: readonly Comparison[], colours: Colours): string {
  const table = plainTable([
    'scenario',
    'rate/s\nthen',
    '\nnow',
    'p50 us\nthen',
    '\nnow',
    'errors\nthen',
    '\nnow',
    'now against\nthen',
  ]);
  for (const comparison of comparisons) {
    const [now, then] = [comparison.cell.figures, comparison.against.figures];
    table.push([
      scenarioCell(comparison.cell, colours),
      ...[then?.rate, now?.rate, then?.p50, now?.p50].map(figure),
      ...[then, now].map((side) => (side ? String(side.errors) : '-')),
      verdictCell(comparison, colours),
    ]);
  }
  return trimmed(table.toString());
}

/** Modes that stand as reference in a table, in the order of their columns. */
const referencesIn = (comparisons: readonly Comparison[]): string[] => [
  ...new Set(comparisons.filter(({ kind }) => kind === 'reference').map(({ against }) => against.mode)),
];

// "NodePort from outside, 5,000 Services, last" is too wide for one line.
const scenarioCell = ({ mode, place, unobserved }: Cell, colours: Colours) =>
  `${colours.bold(mode)}\n${place.replace(', ', '\n')}${unobserved.length ? `\n${colours.yellow(notObserved(unobserved))}` : ''}`;

function figures({ figures, standing, failedChecks, series }: Cell, colours: Colours): string[] {
  if (!figures) return [colours.dim(standing.kind === 'unproven' ? 'not\nproven' : 'not\nmeasured'), '', '', '', ''];
  const mark = standing.kind === 'unranked' ? `\n${colours.yellow('unranked')}` : failedChecks.length > 0 ? '\n(note)' : '';
  return [
    // First packets are sent one by one, so how many came in a second says nothing.
    (series === 'first-packet' ? '-' : figure(figures.rate)) + mark,
    figure(figures.p50),
    figure(figures.p99),
    `${share(figures.cpuShare)}/${share(figures.eventLoopUtilization)}`,
    (figures.errors > 0 ? colours.red(String(figures.errors)) : '0') + reconnected(figures),
  ];
}

/** Apart from the errors: with these nothing was lost. */
function reconnected({ reconnects }: Figures): string {
  const count = reconnects ? reconnects.asked + reconnects.idle : 0;
  return count > 0 ? `\n(${count} re-\nconnects)` : '';
}

function verdictCell(comparison: Comparison | undefined, colours: Colours): string {
  if (!comparison) return '';
  const { estimate, verdict } = comparison;
  const word = verdictWord(verdict, colours);
  return estimate ? `${ratio(estimate.ratio)} ${word}\n${interval(estimate.interval95)}` : word;
}

function verdictWord({ kind }: Verdict, colours: Colours): string {
  switch (kind) {
    case 'faster':
      return colours.green('faster');
    case 'slower':
      return colours.red('slower');
    case 'equivalent':
      return colours.cyan('equivalent');
    case 'cannot-tell':
      return colours.yellow('cannot tell');
    case 'none':
      return colours.dim('no verdict');
  }
}

function plainTable(head: string[]) {
  const none = { 'top-mid': '', 'top-left': '', 'top-right': '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' };
  return new CliTable({
    head,
    chars: {
      ...none,
      top: '',
      bottom: '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
    // Colours are ours to decide, by what the output is; the library would colour its head always.
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: head.map((_, index) => (index === 0 || index > 5 ? 'left' : 'right')),
  });
}

const trimmed = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
