import type { Report, ReportedRun } from '../report.ts';
import type { Markup } from './markup.ts';

/** A part of the page with a heading of its own. */
export interface Section {
  /** Of its place in the page, the same for every run: "verdicts". */
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

/** What a section is made from. In what is shown every text is safe to show; `raw` is what was measured, to the letter. */
export interface View<T> {
  readonly shown: T;
  readonly raw: T;
}

/** A section of one run; undefined where the run has nothing for it. */
export type RunSection = (view: View<ReportedRun>) => Section | undefined;

/** A section of all runs together; undefined where the report has nothing for it. */
export type ReportSection = (view: View<Report>) => Section | undefined;
