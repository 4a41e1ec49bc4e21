import type { MovedObject, ReachedEndpoint } from '../results/schema.ts';
import type { Problem } from './problem.ts';

/** What a look at one stretch of a path found; empty `failures` and `problems`: it is as it should be. */
export interface Findings {
  /** For people, one for each hop. */
  readonly hops: readonly string[];
  readonly evidence: readonly string[];
  /** What is wrong, where it has no code yet. */
  readonly failures: readonly string[];
  /** What is wrong, as data. */
  readonly problems?: readonly Problem[];
  /** What the connections went through, in order. */
  readonly objects?: readonly MovedObject[];
  /** Where they were led to, as the kernel counted; absent where it does not know. */
  readonly endpoints?: readonly ReachedEndpoint[];
  /** What nobody could look at, and why; absent: all was looked at. */
  readonly unobservable?: readonly string[];
}

export const nothingFound: Findings = { hops: [], evidence: [], failures: [] };
