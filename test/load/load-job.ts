import type { LoadJob } from '../../src/load/protocol.ts';

/** A short window; what a test is about is in `changes`. */
export const loadJob = (kind: LoadJob['kind'], url: string, changes: Partial<LoadJob> = {}): LoadJob => ({
  id: 7,
  kind,
  url,
  connections: 1,
  warmupMs: 50,
  durationMs: 200,
  maxRequests: 1_000_000,
  timeoutMs: 5_000,
  ...changes,
});

export const never = new AbortController().signal;
