import { randomUUID } from 'node:crypto';
import { allOf } from '../waiting/in-parallel.ts';
import { eventLine, type ProgressEvent } from './events.ts';
import type { Progress } from './progress.ts';

/** One JSON object a line, as `progressEvent` has them, for other programs. */
export function jsonProgress(write: (line: string) => void, parent?: string): Progress {
  const tell = (event: ProgressEvent) => write(eventLine(event));
  const step: Progress['step'] = async (title, work) => {
    const started = performance.now();
    const id = randomUUID(); // not a number: several processes write into one stream
    const state = (state: 'started' | 'waiting' | 'done' | 'failed', text?: string) =>
      tell({
        type: 'step',
        id,
        ...(parent === undefined ? {} : { parent }),
        title,
        state,
        seconds: seconds(started),
        ...(text === undefined ? {} : { text }),
      });
    state('started');
    try {
      const value = await work({
        update: (text) => state('waiting', text),
        cell: (cell) => tell({ type: 'cell', ...cell }),
        inner: jsonProgress(write, id),
      });
      state('done');
      return value;
    } catch (error) {
      state('failed', error instanceof Error ? error.message : String(error));
      throw error;
    }
  };
  return {
    step,
    note: (text) => tell({ type: 'note', text }),
    all: (steps) => allOf(steps.map(({ title, work }) => step(title, work))),
  };
}

const seconds = (since: number): number => Math.round(performance.now() - since) / 1000;
