import type { ConnectionPolicy, LoadJob } from '../../src/load/messages.ts';

/** A short window; what a test is about is in `changes`. */
export const loadJob = (
  policy: ConnectionPolicy,
  url: string,
  { connections = 1, ...changes }: Partial<LoadJob> & { connections?: number } = {},
): LoadJob => ({
  id: 7,
  kind: 'load',
  arrival: { closed: { connections } },
  policy,
  target: { url },
  warmupMs: 50,
  durationMs: 200,
  sliceMs: 100,
  maxRequests: 1_000_000,
  timeoutMs: 5_000,
  ...changes,
});

export const never = new AbortController().signal;
