import { Listr, ListrLogger, ProcessOutput } from 'listr2';
import pc from 'picocolors';

/** What long work tells while it goes on. Progress goes to stderr, results never do. */
export interface Progress {
  /** Runs the work under a title; the title is shown as done, or as failed when it throws. */
  step<T>(title: string, work: (step: StepProgress) => Promise<T>): Promise<T>;
  /** Runs several titled works at once. The first error is thrown when all have ended. */
  all<T>(steps: readonly { title: string; work: (step: StepProgress) => Promise<T> }[]): Promise<T[]>;
  /** One line that is worth keeping. */
  note(text: string): void;
}

export interface StepProgress {
  /** Says what the step waits for, or where it is. */
  update(text: string): void;
}

/** A live list in a terminal, plain lines elsewhere, both on stderr. */
export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  // listr2 looks at stdout to decide whether it is in a terminal, so both must be one.
  return stream.isTTY && process.stdout.isTTY ? liveProgress(stream) : plainProgress((line) => stream.write(`${line}\n`));
}

/** Nothing at all: for tests and for `--quiet`. */
export const silentProgress: Progress = {
  step: (_title, work) => work({ update: () => {} }),
  all: (steps) => allSettled(steps.map(({ work }) => work({ update: () => {} }))),
  note: () => {},
};

/** What goes on inside of a step, told as that step's own words: a terminal shows one list at a time. */
export function within(outer: StepProgress, { note }: Pick<Progress, 'note'>): Progress {
  const step: Progress['step'] = (title, work) => {
    outer.update(`${title} ...`);
    return work({ update: (text) => outer.update(`${title}: ${text}`) });
  };
  return { step, note, all: (steps) => allSettled(steps.map(({ title, work }) => step(title, work))) };
}

function plainProgress(write: (line: string) => void): Progress {
  const started = performance.now();
  const say = (text: string) => write(`[${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s] ${text}`);
  const step: Progress['step'] = async (title, work) => {
    say(`${title} ...`);
    let last = '';
    const update = (text: string) => {
      if (text !== last) say(`${title}: ${text}`);
      last = text;
    };
    try {
      const value = await work({ update });
      say(`${title}: done`);
      return value;
    } catch (error) {
      say(`${title}: failed`);
      throw error;
    }
  };
  return { step, note: say, all: (steps) => allSettled(steps.map(({ title, work }) => step(title, work))) };
}

function liveProgress(stream: NodeJS.WriteStream): Progress {
  const all: Progress['all'] = async (steps) => {
    const values: unknown[] = [];
    const logger = new ListrLogger({ useIcons: false, processOutput: new ProcessOutput(stream, stream) });
    const list = new Listr<undefined, 'default', 'simple'>([], {
      concurrent: true,
      exitOnError: false,
      collectErrors: 'full',
      registerSignalListeners: false,
      renderer: 'default',
      rendererOptions: {
        collapseErrors: false,
        showErrorMessage: false,
        logger,
        timer: { condition: true, field: (ms) => `${(ms / 1000).toFixed(1)} s`, format: () => pc.dim },
      },
    });
    steps.forEach(({ title, work }, index) => {
      list.add({
        title,
        task: async (_context, task) => {
          values[index] = await work({
            update: (text) => {
              task.output = text;
            },
          });
        },
      });
    });
    await list.run();
    const [failure] = list.errors;
    if (failure) throw failure.error;
    return values as never;
  };
  return {
    all,
    step: async (title, work) => (await all([{ title, work }]))[0] as never,
    note: (text) => void stream.write(`${text}\n`),
  };
}

async function allSettled<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(works);
  const failure = settled.find((one) => one.status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
  return settled.map((one) => (one as PromiseFulfilledResult<T>).value);
}
