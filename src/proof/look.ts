import type { Evidence } from './evidence.ts';
import type { Problem } from './problem.ts';
import type { ClosedBecause, Unobserved } from './unobserved.ts';

/** What a proof saw; without `problems` and `unobserved` it is made. */
export interface Look {
  readonly evidence: readonly Evidence[];
  /** What contradicts it. */
  readonly problems: readonly Problem[];
  /** What it could not look at: neither proven nor refuted, and results say so ("not observed"). */
  readonly unobserved: readonly Unobserved[];
}

export const nothingSeen: Look = { evidence: [], problems: [], unobserved: [] };

/** Nothing was seen of a node on which no command runs. */
export const closedLook = (node: string, because: ClosedBecause): Look => ({
  ...nothingSeen,
  unobserved: [{ code: 'closed-node', node, because }],
});

/** Several looks as one. */
export const together = (looks: readonly Look[]): Look => ({
  evidence: looks.flatMap(({ evidence }) => evidence),
  problems: looks.flatMap(({ problems }) => problems),
  unobserved: looks.flatMap(({ unobserved }) => unobserved),
});
