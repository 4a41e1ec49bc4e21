import { signalSandbox } from './signal-sandbox.ts';

/** What runs in an enclosure may take so long to take down what it made. */
const GRACE_MS = 10_000;
const ASK_AGAIN_MS = 100;

/**
 * Tells what runs in this process' sandboxes to stop (SIGTERM) when the signal fires.
 * @returns a signal for the program that was started, which ends it when it has not ended by itself 10 s later.
 */
export function stopEnclosed(signal: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const end = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const tell = async (): Promise<void> => {
    await signalSandbox(process.pid, 'SIGTERM').catch(() => 0);
    // Again and again: it may only just be entered, and the kernel drops a signal for the first process of a namespace that has no
    // handler of its own yet (pid_namespaces(7)); the command inside takes further ones for the same.
    if (!end.signal.aborted) timers.push(setTimeout(tell, ASK_AGAIN_MS));
  };
  const stop = () => {
    timers.push(setTimeout(() => end.abort(), GRACE_MS));
    void tell();
  };
  if (signal.aborted) end.abort();
  else signal.addEventListener('abort', stop, { once: true });
  return {
    signal: end.signal,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', stop);
      end.abort();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
