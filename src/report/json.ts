import type { BetweenAnalysis } from '../compare/between.ts';
import type { Cell } from '../compare/cell.ts';
import type { Comparison } from '../compare/comparison.ts';
import type { RunAnalysis } from '../compare/run.ts';
import { RESULTS_FORMAT } from '../results/schema.ts';
import { REPORT_FORMAT } from './json-schema.ts';
import { OBEYED } from './plain.ts';
import type { Report } from './report.ts';

/** A run's analysis for programs: as `RunAnalysis`, but comparisons name their cells instead of repeating them. */
export const runJson = (analysis: RunAnalysis): string => jsonText({ format: RESULTS_FORMAT, kind: 'run', ...analysis });

/** Stored runs against the first of them, for programs. */
export const betweenJson = (analyses: readonly BetweenAnalysis[]): string =>
  jsonText({ format: RESULTS_FORMAT, kind: 'between', comparisons: analyses });

/**
 * A whole report, raw records included, as `reportSchema` has it; `readReportJson` gives back its equal.
 * @param indent spaces; 0: all in one line.
 */
export const reportJson = (report: Report, indent = 2): string =>
  `${jsonText({ format: REPORT_FORMAT, kind: 'report', ...report, between: report.between.map(withNamesOfUnmatched) }, indent)}\n`;

const withNamesOfUnmatched = ({ unmatched, ...analysis }: BetweenAnalysis) => ({
  ...analysis,
  unmatched: unmatched.map(({ side, cell }) => ({ side, cell: nameOf(cell) })),
});

/** What a terminal would obey, and `<`, so that the text can stand in a page's script, is written \uXXXX. */
const jsonText = (content: object, indent = 2): string =>
  JSON.stringify(content, withNames, indent).replace(UNSAFE, (character) =>
    character === '\n' ? character : escaped(character),
  );

const UNSAFE = new RegExp(`<|${OBEYED.source}`, 'gu');

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

function withNames(_key: string, value: unknown): unknown {
  if (!isComparison(value)) return value;
  const { cell, against, ...rest } = value;
  return { cell: nameOf(cell), against: nameOf(against), ...rest };
}

const isComparison = (value: unknown): value is Comparison =>
  typeof value === 'object' && value !== null && 'verdict' in value && 'against' in value;

const nameOf = ({ family, scenario, series, mode, place }: Cell) => ({ family, scenario: scenario.id, series, mode, place });
