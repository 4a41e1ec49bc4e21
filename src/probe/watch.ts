import type { MovedObject } from '../proof/hop.ts';
import type { Problem } from '../proof/problem.ts';
import type { ClientEnd } from './conntrack.ts';
import type { Way } from './way.ts';

/** A node's rules for a way, watched from before connections are opened. */
export interface Watch extends AsyncDisposable {
  /** What the rules lack or have too much of. */
  readonly problems: readonly Problem[];
  /** What they did with connections that were opened since. */
  count(ends: readonly ClientEnd[]): Promise<Counted>;
}

/** What became of connections on a node. */
export interface Counted {
  /** How many came in by the way's entry. */
  readonly entered: number;
  /** What they went through, in order. */
  readonly objects: readonly MovedObject[];
  /** How many were led to each address; undefined where a process decides, and the kernel does not know. */
  readonly led?: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
}

export interface WatchOptions {
  /** Where rules have no counters: follow each connection through the chains, which takes a table of our own on nodes of our own. */
  readonly trace: boolean;
}

/** The rules of a mode on one node, read once for many Services: with thousands of them they are megabytes. */
export interface Rules {
  /** What contradicts a way by the rules alone. */
  check(way: Way): readonly Problem[];
}
