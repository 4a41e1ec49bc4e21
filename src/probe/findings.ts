/** What a look at one stretch of a path found; empty `failures`: it is as it should be. */
export interface Findings {
  /** For people, one for each hop. */
  readonly hops: readonly string[];
  readonly evidence: readonly string[];
  readonly failures: readonly string[];
  /** What nobody could look at, and why; absent: all was looked at. */
  readonly unobservable?: readonly string[];
}

export const nothingFound: Findings = { hops: [], evidence: [], failures: [] };
