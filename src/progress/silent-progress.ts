import { allOf } from '../waiting/in-parallel.ts';
import type { Progress, StepProgress } from './progress.ts';

/** Nothing at all: for tests and for `--quiet`. */
export const silentProgress: Progress = {
  step: (_title, work) => work(unseen),
  all: (steps) => allOf(steps.map(({ work }) => work(unseen))),
  note: () => {},
};

const unseen: StepProgress = { update: () => {}, cell: () => {}, inner: silentProgress };
