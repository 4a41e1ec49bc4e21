import type { CellProgress } from './table.ts';

/** What long work tells while it goes on. Progress goes to stderr, results never do. */
export interface Progress {
  /** Runs the work under a title; the title is shown as done, or as failed when it throws. */
  step<T>(title: string, work: (step: StepProgress) => Promise<T>, options?: StepOptions): Promise<T>;
  /** Runs several titled works at once. The first error is thrown when all have ended. */
  all<T>(steps: readonly { title: string; work: (step: StepProgress) => Promise<T> }[]): Promise<T[]>;
  /** One line that is worth keeping. */
  note(text: string): void;
}

export interface StepOptions {
  /** Nothing is drawn but when the step is told something: for work that measures, in this very process or beside it. */
  readonly still?: boolean;
}

export interface StepProgress {
  /** Says what the step waits for, or where it is. */
  update(text: string): void;
  /** Tells that a window begins, or what it came to: a table in a terminal, an event for programs, nothing elsewhere. Not called within a window. */
  cell(cell: CellProgress): void;
  /** For steps inside of this one: events of their own for programs, this step's words elsewhere. */
  readonly inner: Progress;
}
