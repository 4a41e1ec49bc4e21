import { CommandError } from '../../errors.ts';
import type { Host } from '../provider.ts';

/** A program that runs until it is disposed of. */
export interface Program<T> extends AsyncDisposable {
  /** What its first words said. */
  readonly ready: T;
  /** Why it ended by itself; undefined while it runs. */
  failure(): Error | undefined;
}

/**
 * Starts a program on a host and waits until it says that it is ready; what it says later is read and dropped.
 * @param isReady sees each line of standard output and answers with something when the program is ready.
 * @throws CommandError when it ends before that.
 */
export async function startProgram<T>(
  host: Host,
  argv: readonly string[],
  isReady: (line: string) => T | undefined,
): Promise<Program<T>> {
  const stop = new AbortController();
  const lines = host.lines(argv, { signal: stop.signal })[Symbol.asyncIterator]();
  let ready: T | undefined;
  while (ready === undefined) {
    const { done, value } = await lines.next();
    if (done) throw new CommandError(`ended before it was ready: ${argv.join(' ')} on ${host.name}`);
    ready = isReady(value);
  }
  let failure: Error | undefined;
  const ended = drain(lines).then(
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

async function drain(lines: AsyncIterator<string>): Promise<void> {
  while (!(await lines.next()).done);
}
