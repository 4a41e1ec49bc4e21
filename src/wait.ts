import { setTimeout as delay } from 'node:timers/promises';
import { InterruptedError, TimeoutError } from './errors.ts';

export interface WaitOptions {
  readonly deadlineMs: number;
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
  /** Told what was seen each time the answer is "not yet". */
  readonly onSeen?: (seen: string) => void;
}

/** Either the value that was waited for, or what was seen in its place. */
export type Look<T> = { readonly value: T } | { readonly seen: string };

/**
 * Looks again and again until there is a value. A look that throws counts as "not yet", its message as what was seen.
 * @param what names what is waited for, as in "kube-proxy on every node".
 * @throws TimeoutError with the last thing seen; InterruptedError when the signal fires.
 */
export async function waitFor<T>(what: string, options: WaitOptions, look: () => Promise<Look<T>>): Promise<T> {
  const { deadlineMs, intervalMs = 200, signal } = options;
  const end = performance.now() + deadlineMs;
  let seen = 'nothing yet';
  for (;;) {
    if (signal?.aborted) throw new InterruptedError(`stopped while waiting for ${what}`);
    const answer = await look().catch((error: unknown): Look<T> => {
      if (error instanceof InterruptedError) throw error;
      return { seen: error instanceof Error ? error.message : String(error) };
    });
    if ('value' in answer) return answer.value;
    seen = answer.seen;
    options.onSeen?.(seen);
    if (performance.now() >= end)
      throw new TimeoutError(`waited ${Math.round(deadlineMs / 1000)} s for ${what}; last seen: ${seen}`);
    await delay(intervalMs, undefined, signal ? { signal } : {}).catch(() => {});
  }
}
