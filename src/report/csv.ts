import { stringify } from 'csv-stringify/sync';
import type { Cell } from '../compare/cell.ts';
import type { Comparison } from '../compare/comparison.ts';
import { noVerdictWords } from '../words/no-verdict.ts';
import { csvLabel } from './csv-label.ts';
import type { Report } from './report.ts';

type Field = string | number | boolean | undefined;

interface Row {
  readonly lab: string;
  readonly run: string;
  readonly provider: string;
  readonly cell: Cell;
  readonly comparison?: Comparison;
  /** Folder of the other side's run. */
  readonly againstRun?: string;
}

/** The columns in their order. Numbers are not rounded, times are microseconds, ratios are of `metric`; what is not known is empty. */
const columns: Readonly<Record<string, (row: Row) => Field>> = {
  lab: ({ lab }) => lab,
  run: ({ run }) => run,
  provider: ({ provider }) => provider,
  family: ({ cell }) => cell.family,
  kernel: ({ cell }) => cell.kernel,
  kubernetes: ({ cell }) => cell.kubernetes,
  scenario: ({ cell }) => cell.scenario.id,
  mode: ({ cell }) => cell.mode,
  place: ({ cell }) => cell.place,
  entry: ({ cell }) => cell.scenario.topology.entry,
  vantage: ({ cell }) => cell.scenario.vantage,
  services: ({ cell }) => cell.scenario.services,
  position: ({ cell }) => cell.scenario.position,
  series: ({ cell }) => cell.series,
  standing: ({ cell }) => cell.standing.kind,
  not_observed: ({ cell }) => cell.unobserved.map(({ subject }) => subject).join(' '),
  failed_checks: ({ cell }) => cell.failedChecks.map(({ name }) => name).join(' '),
  blocks: ({ cell }) => cell.blocks.length,
  planned_blocks: ({ cell }) => cell.plannedBlocks,
  requests: ({ cell }) => cell.figures?.requests,
  errors: ({ cell }) => cell.figures?.errors,
  reconnects_asked: ({ cell }) => cell.figures?.reconnects?.asked,
  reconnects_idle: ({ cell }) => cell.figures?.reconnects?.idle,
  rate_per_second: ({ cell }) => cell.figures?.rate,
  p50_us: ({ cell }) => cell.figures?.p50,
  p90_us: ({ cell }) => cell.figures?.p90,
  p99_us: ({ cell }) => cell.figures?.p99,
  p999_us: ({ cell }) => cell.figures?.p999,
  cpu_share: ({ cell }) => cell.figures?.cpuShare,
  event_loop_utilization: ({ cell }) => cell.figures?.eventLoopUtilization,
  comparison: ({ comparison }) => comparison?.kind,
  against_run: ({ againstRun }) => againstRun,
  against_scenario: ({ comparison }) => comparison?.against.scenario.id,
  against_mode: ({ comparison }) => comparison?.against.mode,
  against_place: ({ comparison }) => comparison?.against.place,
  paired: ({ comparison }) => comparison?.paired,
  metric: ({ comparison }) => comparison?.metric,
  verdict: ({ comparison }) => comparison?.verdict.kind,
  reason: ({ comparison }) =>
    comparison?.verdict.kind === 'none' ? noVerdictWords(comparison.verdict.because).reason : undefined,
  more_blocks: ({ comparison }) => (comparison?.verdict.kind === 'cannot-tell' ? comparison.verdict.moreBlocks : undefined),
  ratio: ({ comparison }) => comparison?.estimate?.ratio,
  ratio_low_95: ({ comparison }) => comparison?.estimate?.interval95[0],
  ratio_high_95: ({ comparison }) => comparison?.estimate?.interval95[1],
  ratio_low_90: ({ comparison }) => comparison?.estimate?.interval90[0],
  ratio_high_90: ({ comparison }) => comparison?.estimate?.interval90[1],
  ratio_blocks: ({ comparison }) => comparison?.estimate?.n,
  p: ({ comparison }) => comparison?.estimate?.p,
  adjusted_p: ({ comparison }) => comparison?.adjustedP,
};

/**
 * One row for each verdict with its cell's figures, and one for each cell that is compared with nothing; RFC 4180. Every text is quoted, and
 * numbers are not.
 */
export function reportCsv(report: Report): string {
  const fields = Object.values(columns);
  const rows = rowsOf(report).map((row) => fields.map((field) => cellOf(field(row))));
  return stringify([Object.keys(columns), ...rows], { record_delimiter: 'windows', quoted_string: true });
}

/** A text, or a number; what is not known is neither, and its field is empty. */
function cellOf(field: Field): string | number | undefined {
  if (typeof field === 'string') return field === '' ? undefined : csvLabel(field);
  if (typeof field === 'boolean') return String(field);
  return Number.isNaN(field) ? undefined : field;
}

function rowsOf({ runs, between }: Report): Row[] {
  const within = runs.flatMap(({ analysis: { directory, lab, provider, families } }) =>
    families.flatMap(({ tables }) =>
      tables.flatMap(({ cells, comparisons }) =>
        cells.flatMap((cell): Row[] => {
          const row = { lab, run: directory, provider: provider.name, cell };
          const mine = comparisons.filter((comparison) => comparison.cell === cell);
          return mine.length === 0 ? [row] : mine.map((comparison) => ({ ...row, comparison, againstRun: directory }));
        }),
      ),
    ),
  );
  const across = between.flatMap(({ run, against, tables }) =>
    tables.flatMap(({ comparisons }) =>
      comparisons.map((comparison) => ({
        lab: run.lab,
        run: run.directory,
        provider: run.provider,
        cell: comparison.cell,
        comparison,
        againstRun: against.directory,
      })),
    ),
  );
  return [...within, ...across];
}
