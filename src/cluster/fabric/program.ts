import { CommandError, TimeoutError } from '../../errors.ts';
import { OutOfTime, within } from '../../waiting/wait.ts';
import type { Host } from '../contract/host.ts';

/** Hundreds of programs may start at the same time on two cores. */
const READY_MS = 60_000;

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
 * @throws CommandError when it ends before that; TimeoutError when it says nothing of the kind for a minute.
 */
export async function startProgram<T>(
  host: Host,
  argv: readonly string[],
  { ready: isReady, input, onLine }: ProgramOptions<T>,
): Promise<Program<T>> {
  const stop = new AbortController();
  const lines = host.lines(argv, { signal: stop.signal, ...(input ? { input } : {}) })[Symbol.asyncIterator]();
  const untilReady = async (): Promise<T> => {
    for (;;) {
      const { done, value } = await lines.next();
      if (done) throw new CommandError(`exited before it was ready: ${argv.join(' ')} on ${host.name}`);
      const ready = isReady(value);
      if (ready !== undefined) return ready;
    }
  };
  const ready = await within({ timeoutMs: READY_MS }, untilReady).catch((error: unknown) => {
    stop.abort();
    if (!(error instanceof OutOfTime)) throw error;
    throw new TimeoutError(`not ready within ${READY_MS / 1_000} s: ${argv.join(' ')} on ${host.name}`);
  });
  let failure: Error | undefined;
  const ended = drain(lines, onLine).then(
    () => new CommandError(`exited unexpectedly: ${argv.join(' ')} on ${host.name}`),
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
