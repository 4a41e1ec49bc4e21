import { signalSandbox } from './signal-sandbox.ts';

/** What runs in an enclosure may take so long to take down what it made. */
const GRACE_MS = 10_000;

/**
 * Tells what runs in this process' sandboxes to stop (SIGTERM) when the signal fires.
 * @returns a signal for the program that was started, which ends it when it has not ended by itself 10 s later.
 */
export function stopEnclosed(signal: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const end = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    void signalSandbox(process.pid, 'SIGTERM').catch(() => end.abort());
    timer = setTimeout(() => end.abort(), GRACE_MS);
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return {
    signal: end.signal,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', stop);
      clearTimeout(timer);
    },
  };
}
