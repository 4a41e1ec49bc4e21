import { randomUUID } from 'node:crypto';
import { plainText } from '../plain.ts';
import { allOf } from '../waiting/in-parallel.ts';
import { eventLine, type ProgressEvent } from './events.ts';
import { liveProgress } from './live.ts';
import { inOneVoice } from './one-voice.ts';
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

export interface ProgressOptions {
  readonly stream?: NodeJS.WriteStream;
  /** When what is told began, as Date.now() has it: lines of several processes that work on one thing are of one clock. Default: now. */
  readonly began?: number;
}

/** A live list in a terminal, plain lines elsewhere, both on stderr. */
export function createProgress({ stream = process.stderr, began = Date.now() }: ProgressOptions = {}): Progress {
  // listr2 looks at stdout to decide whether it is in a terminal, so both must be one.
  return stream.isTTY && process.stdout.isTTY ? liveProgress(stream) : plainProgress((line) => stream.write(`${line}\n`), began);
}

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

/** A text that is safe to show; its further lines are indented, so that none passes for one of ours. */
const noteText = (text: string): string => plainText(text).replaceAll('\n', '\n  ');

const seconds = (since: number): number => Math.round(performance.now() - since) / 1000;

/** Nothing at all: for tests and for `--quiet`. */
export const silentProgress: Progress = {
  step: (_title, work) => work(unseen),
  all: (steps) => allOf(steps.map(({ work }) => work(unseen))),
  note: () => {},
};

const unseen: StepProgress = { update: () => {}, cell: () => {}, inner: silentProgress };

function plainProgress(write: (line: string) => void, began: number): Progress {
  const say = (text: string) => write(`[${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s] ${noteText(text)}`);
  const step: Progress['step'] = async (title, work) => {
    say(`${title} ...`);
    let last = '';
    const update = (text: string) => {
      if (text !== last) say(`${title}: ${text}`);
      last = text;
    };
    try {
      const value = await work(inOneVoice({ update, cell: () => {} }, say));
      say(`${title}: done`);
      return value;
    } catch (error) {
      say(`${title}: failed`);
      throw error;
    }
  };
  return { step, note: say, all: (steps) => allOf(steps.map(({ title, work }) => step(title, work))) };
}
