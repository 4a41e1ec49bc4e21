import type { BetweenAnalysis } from '../compare/between.ts';
import type { Cell } from '../compare/cell.ts';
import type { Comparison } from '../compare/comparison.ts';
import type { RunAnalysis } from '../compare/run.ts';
import { RESULTS_FORMAT } from '../results/schema.ts';
import type { Report } from './report.ts';

/** A run's analysis for programs: as `RunAnalysis`, but comparisons name their cells instead of repeating them. */
export const runJson = (analysis: RunAnalysis): string => text('run', analysis);

/** Stored runs against the first of them, for programs. */
export const betweenJson = (analyses: readonly BetweenAnalysis[]): string => text('between', { comparisons: analyses });

/** A whole report, raw records included. */
export const reportJson = (report: Report): string => `${text('report', report)}\n`;

const text = (kind: string, content: object): string =>
  JSON.stringify({ format: RESULTS_FORMAT, kind, ...content }, withNames, 2);

function withNames(_key: string, value: unknown): unknown {
  if (!isComparison(value)) return value;
  const { cell, against, ...rest } = value;
  return { cell: nameOf(cell), against: nameOf(against), ...rest };
}

const isComparison = (value: unknown): value is Comparison =>
  typeof value === 'object' && value !== null && 'verdict' in value && 'against' in value;

const nameOf = ({ family, scenario, series, mode, place }: Cell) => ({ family, scenario: scenario.id, series, mode, place });
