import { z } from 'zod';
import type { Cell } from '../compare/cell.ts';
import { UsageError } from '../errors.ts';
import { REPORT_FORMAT, reportSchema, type StoredReport } from './json-schema.ts';
import type { Report } from './report.ts';

/**
 * The report that `reportJson` made a text of: its comparisons hold the very cells of its tables again.
 * @throws UsageError when the text is no report of this format.
 */
export function readReportJson(text: string): Report {
  const { format: _format, kind: _kind, ...stored } = checked(text);
  const ofRun = new Map(stored.runs.map(({ analysis }) => [analysis.directory, cellsOf(analysis)]));
  const cell = (directory: string, name: CellName): Cell => {
    const found = ofRun.get(directory)?.get(keyOf(name.family, name.scenario, name.series));
    if (found) return found;
    throw new UsageError(`the report compares ${name.scenario}, ${name.series} of ${directory}, but has no such cell`, {
      remedy: 'it was edited; recreate it with npm run report',
    });
  };
  const restored = <T extends StoredComparison>(comparison: T, run: string, against: string) => ({
    ...comparison,
    cell: cell(run, comparison.cell),
    against: cell(against, comparison.against),
  });
  return {
    ...stored,
    runs: stored.runs.map(({ run, analysis }) => {
      const own = <T extends StoredComparison>(comparison: T) => restored(comparison, analysis.directory, analysis.directory);
      return {
        run,
        analysis: {
          ...analysis,
          families: analysis.families.map((family) => ({
            ...family,
            tables: family.tables.map((table) => ({ ...table, comparisons: table.comparisons.map(own) })),
          })),
          bridges: analysis.bridges.map((bridge) => ({
            ...bridge,
            sides: bridge.sides.map((side) => ({ ...side, comparison: own(side.comparison) })),
          })),
        },
      };
    }),
    between: stored.between.map((analysis) => {
      const [run, against] = [analysis.run.directory, analysis.against.directory];
      return {
        ...analysis,
        tables: analysis.tables.map((table) => ({
          ...table,
          comparisons: table.comparisons.map((comparison) => restored(comparison, run, against)),
        })),
        unmatched: analysis.unmatched.map(({ side, cell: name }) => ({ side, cell: cell(side === 'run' ? run : against, name) })),
      };
    }),
  } as unknown as Report;
}

type Analysis = StoredReport['runs'][number]['analysis'];
type StoredComparison = StoredReport['between'][number]['tables'][number]['comparisons'][number];
type CellName = StoredComparison['cell'];

const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);

const cellsOf = ({ families }: Analysis): Map<string, Cell> =>
  new Map(
    families
      .flatMap(({ tables }) => tables.flatMap(({ cells }) => cells))
      // The schema is as wide as a plan of any version; a report's own is a Cell.
      .map((cell) => [keyOf(cell.family, cell.scenario.id, cell.series), cell as unknown as Cell]),
  );

function checked(text: string): StoredReport {
  const content = jsonOf(text);
  const format = (content as { format?: unknown } | undefined)?.format;
  if (format !== REPORT_FORMAT)
    throw new UsageError(
      `this is not a report of format ${REPORT_FORMAT}${format === undefined ? '' : ` (its format: ${JSON.stringify(format)})`}`,
      { remedy: 'recreate it with: npm run report -- --format json' },
    );
  const result = reportSchema.safeParse(content);
  if (result.success) return result.data;
  throw new UsageError(`this is not a valid trafficlab report:\n${z.prettifyError(result.error)}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
