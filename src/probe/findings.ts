import type { Hop, MovedObject, ReachedEndpoint } from '../proof/hop.ts';
import { type Look, nothingSeen } from '../proof/look.ts';

/** What a look at one stretch of a path found. */
export interface Findings extends Look {
  readonly hops: readonly Hop[];
  /** What the connections went through, in order. */
  readonly objects: readonly MovedObject[];
  /** Where they were led to, as the kernel counted; absent where it does not know. */
  readonly endpoints?: readonly ReachedEndpoint[];
}

export const nothingFound: Findings = { ...nothingSeen, hops: [], objects: [] };
