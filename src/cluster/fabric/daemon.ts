import { CommandError } from '../../errors.ts';
import type { Host } from '../contract/host.ts';

/** A program that runs until it is disposed of and does not say when it is ready: whoever needs it looks. */
export interface Daemon extends AsyncDisposable {
  /** Why it ended by itself, with its last words; undefined while it runs. */
  failure(): Error | undefined;
}

export interface DaemonOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Told when it ends by itself. */
  readonly onFailure?: (error: Error) => void;
}

export function startDaemon(host: Host, argv: readonly string[], { env, onFailure }: DaemonOptions = {}): Daemon {
  const stop = new AbortController();
  let failure: Error | undefined;
  const ended = host.exec(argv, { signal: stop.signal, timeoutMs: 0, ...(env ? { env } : {}) }).then(
    () => new CommandError(`exited unexpectedly: ${argv.join(' ')} on ${host.name}`),
    (error: Error) => error,
  );
  void ended.then((error) => {
    if (stop.signal.aborted) return;
    failure = error;
    onFailure?.(error);
  });
  return {
    failure: () => failure,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
    },
  };
}
