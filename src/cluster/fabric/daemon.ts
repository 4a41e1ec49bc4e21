import { CommandError } from '../../errors.ts';
import type { Host } from '../provider.ts';

/** A program that runs until it is disposed of and does not say when it is ready: whoever needs it looks. */
export interface Daemon extends AsyncDisposable {
  /** Why it ended by itself, with its last words; undefined while it runs. */
  failure(): Error | undefined;
}

export function startDaemon(host: Host, argv: readonly string[]): Daemon {
  const stop = new AbortController();
  let failure: Error | undefined;
  const ended = host.exec(argv, { signal: stop.signal }).then(
    () => new CommandError(`ended by itself: ${argv.join(' ')} on ${host.name}`),
    (error: Error) => error,
  );
  void ended.then((error) => {
    if (!stop.signal.aborted) failure = error;
  });
  return {
    failure: () => failure,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
    },
  };
}
