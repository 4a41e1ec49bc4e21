import { plainText } from '../plain.ts';
import { allOf } from '../waiting/in-parallel.ts';
import { liveProgress } from './live.ts';
import { inOneVoice } from './one-voice.ts';
import type { Progress } from './progress.ts';

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

/** A text that is safe to show; its further lines are indented, so that none passes for one of ours. */
const noteText = (text: string): string => plainText(text).replaceAll('\n', '\n  ');
