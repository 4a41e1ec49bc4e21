import { CommandError } from '../../errors.ts';
import type { Host } from '../host.ts';

/** A program that runs until it is disposed of. */
export interface Program<T> extends AsyncDisposable {
  /** What its first words said. */
  readonly ready: T;
  /** Why it ended by itself; undefined while it runs. */
  failure(): Error | undefined;
}

export interface ProgramOptions<T> {
  /** Sees each line of standard output and answers with something when the program is ready. */
  readonly ready: (line: string) => T | undefined;
  readonly input?: AsyncIterable<string>;
  /** Told what it says later. */
  readonly onLine?: (line: string) => void;
}

/**
 * Starts a program on a host and waits until it says that it is ready.
 * @throws CommandError when it ends before that.
 */
export async function startProgram<T>(
  host: Host,
  argv: readonly string[],
  { ready: isReady, input, onLine }: ProgramOptions<T>,
): Promise<Program<T>> {
  const stop = new AbortController();
  const lines = host.lines(argv, { signal: stop.signal, ...(input ? { input } : {}) })[Symbol.asyncIterator]();
  let ready: T | undefined;
  while (ready === undefined) {
    const { done, value } = await lines.next();
    if (done) throw new CommandError(`ended before it was ready: ${argv.join(' ')} on ${host.name}`);
    ready = isReady(value);
  }
  let failure: Error | undefined;
  const ended = drain(lines, onLine).then(
    () => new CommandError(`ended by itself: ${argv.join(' ')} on ${host.name}`),
    (error: Error) => error,
  );
  void ended.then((error) => {
    if (!stop.signal.aborted) failure = error;
  });
  return {
    ready,
    failure: () => failure,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
    },
  };
}

async function drain(lines: AsyncIterator<string>, onLine: (line: string) => void = () => {}): Promise<void> {
  for (;;) {
    const { done, value } = await lines.next();
    if (done) return;
    onLine(value);
  }
}
