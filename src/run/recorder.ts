import type { Problem } from '../proof/problem.ts';
import { appendRecord } from '../results/append.ts';
import type { ResultRecord } from '../results/schema.ts';

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never;
export type Event = WithoutTime<ResultRecord>;

/** Writes what happens in a family of a run to its results, each event at once, and remembers what could not be proven. */
export interface Recorder {
  readonly record: (event: Event) => Promise<void>;
  /** The problems of every proof so far. */
  readonly unproven: readonly Problem[];
}

/** @param family goes with every proof: families may hold clusters of one name. */
export function recorder(directory: string, family: string): Recorder {
  const unproven: Problem[] = [];
  let turn: Promise<void> = Promise.resolve();
  return {
    unproven,
    record: async (event) => {
      if (event.type === 'proof' && !event.proven) unproven.push(...event.problems);
      const whose = event.type === 'proof' ? { family } : {};
      const whole = { ...event, ...whose, at: new Date().toISOString() } as ResultRecord;
      // One after another: what happened first stands first.
      const written = turn.then(() => appendRecord(directory, whole));
      turn = written.catch(() => {});
      await written;
    },
  };
}
