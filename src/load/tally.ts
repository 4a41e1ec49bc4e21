export interface StatusTally {
  add(status: number): void;
  /** Only the codes that came. */
  counts(): Record<string, number>;
}

/** Counts HTTP status codes without an allocation per response. */
export function createStatuses(): StatusTally {
  const tally = new Uint32Array(1000);
  return {
    add: (status) => {
      tally[status]!++;
    },
    counts: () => Object.fromEntries([...tally.entries()].filter(([, count]) => count > 0)),
  };
}

/** Counts one more of a code, such as ECONNRESET. */
export function count(tally: Record<string, number>, code: string): void {
  tally[code] = (tally[code] ?? 0) + 1;
}

/** The counts of several tallies in one. */
export function addCounts(tallies: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const tally of tallies) for (const [code, times] of Object.entries(tally)) sum[code] = (sum[code] ?? 0) + times;
  return sum;
}

/** For messages: "ECONNREFUSED 12, time-out 3", or "no error". */
export function describeErrors(errors: Readonly<Record<string, number>>, timeouts: number): string {
  const parts = Object.entries({ ...errors, ...(timeouts > 0 ? { 'time-out': timeouts } : {}) });
  return parts.map(([code, times]) => `${code} ${times}`).join(', ') || 'no error';
}
