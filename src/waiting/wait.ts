import { setTimeout as delay } from 'node:timers/promises';
import { InterruptedError, TimeoutError } from '../errors.ts';

export interface WaitOptions {
  readonly deadlineMs: number;
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
  /** Called with what was seen each time the answer is "not yet". */
  readonly onSeen?: (seen: string) => void;
}

/** Either the value that was waited for, or what was seen in its place. */
export type Look<T> = { readonly value: T } | { readonly seen: string };

/**
 * Looks again and again until there is a value. A look that throws counts as "not yet", its message as what was seen. The deadline and the
 * signal also end a look that never settles: it is left to itself, and the signal that it was given fires.
 * @param what names what is waited for, as in "kube-proxy on every node".
 * @param look may pass its signal on, so that what it started ends with the wait.
 * @throws TimeoutError with the last thing seen; InterruptedError when the signal fires.
 */
export async function waitFor<T>(
  what: string,
  options: WaitOptions,
  look: (signal: AbortSignal) => Promise<Look<T>>,
): Promise<T> {
  const { deadlineMs, intervalMs = 200, signal } = options;
  const end = performance.now() + deadlineMs;
  const stopped = () => new InterruptedError(`stopped while waiting for ${what}`);
  let seen = 'nothing yet';
  for (;;) {
    if (signal?.aborted) throw stopped();
    const began = performance.now();
    const bound = { timeoutMs: Math.max(0, end - began), ...(signal ? { signal } : {}) };
    const answer = await within(bound, look).catch((error: unknown): Look<T> => {
      if (signal?.aborted && error instanceof InterruptedError) throw stopped();
      if (error instanceof InterruptedError) throw error;
      if (error instanceof OutOfTime) return { seen: withoutAnswer(seen, performance.now() - began) };
      return { seen: error instanceof Error ? error.message : String(error) };
    });
    if ('value' in answer) return answer.value;
    seen = answer.seen;
    options.onSeen?.(seen);
    if (performance.now() >= end) throw new TimeoutError(`waited ${seconds(deadlineMs)} s for ${what}; last seen: ${seen}`);
    await delay(Math.min(intervalMs, Math.max(1, end - performance.now())), undefined, signal ? { signal } : {}).catch(() => {});
  }
}

/** The last look may have had no time left, which says nothing. */
const withoutAnswer = (seen: string, ms: number): string =>
  ms < SHORT_MS ? seen : `${seen}; then no answer for ${seconds(ms)} s`;

const SHORT_MS = 1_000;

export interface Bound {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The time of `within` is over. */
export class OutOfTime extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${seconds(timeoutMs)} s`);
  }
}

/**
 * The answer of some work, or an error as soon as its time is over or the signal fires, even where the work never settles. The work's own
 * signal fires then, and whatever it answers later is ignored.
 * @throws OutOfTime when the time is over; InterruptedError when the signal fires.
 */
export async function within<T>({ timeoutMs, signal }: Bound, work: (signal: AbortSignal) => T | PromiseLike<T>): Promise<T> {
  const own = new AbortController();
  let cancel: (error: Error) => void = () => {};
  const cancelled = new Promise<never>((_resolve, reject) => {
    cancel = reject;
  });
  const onAbort = () => cancel(new InterruptedError('stopped'));
  const timer = setTimeout(() => cancel(new OutOfTime(timeoutMs)), timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    return await Promise.race([cancelled, Promise.resolve(own.signal).then(work)]);
  } catch (error) {
    own.abort(error);
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

const seconds = (ms: number): string => (ms < 1_000 ? (ms / 1_000).toFixed(1) : String(Math.round(ms / 1_000)));
