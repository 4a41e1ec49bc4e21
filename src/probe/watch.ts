import type { Host } from '../cluster/contract/host.ts';
import type { ProxyMode } from '../cluster/contract/provider.ts';
import type { MovedObject } from '../results/schema.ts';
import type { ClientEnd } from './conntrack.ts';
import type { Problem } from './problem.ts';
import { readIptables, watchIptables } from './watch-iptables.ts';
import { readIpvs, watchIpvs } from './watch-ipvs.ts';
import { readNftables, watchNftables } from './watch-nftables.ts';
import { readUserspace, watchUserspace } from './watch-userspace.ts';
import type { Way } from './way.ts';

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

/** A node's rules for a way, watched from before connections are opened. */
export interface Watch extends AsyncDisposable {
  /** What the rules lack or have too much of. */
  readonly problems: readonly Problem[];
  /** What they did with connections that were opened since. */
  count(ends: readonly ClientEnd[]): Promise<Counted>;
}

export interface WatchOptions {
  /** Where rules have no counters: follow each connection through the chains, which takes a table of our own on nodes of our own. */
  readonly trace: boolean;
}

/** The rules of a mode on one node, read once for many Services: with thousands of them they are megabytes. */
export interface Rules {
  /** What speaks against a way by the rules alone. */
  check(way: Way): readonly Problem[];
}

/** Reads the rules of a mode on a node. */
export async function readRules(node: Host, mode: ProxyMode): Promise<Rules> {
  switch (mode) {
    case 'iptables':
      return readIptables(node);
    case 'userspace':
      return readUserspace(node);
    case 'nftables':
      return readNftables(node);
    case 'ipvs':
      return readIpvs(node);
    case 'none':
      return { check: () => [] };
  }
}

/** Begins to watch a way through a node's rules. */
export async function watch(node: Host, mode: ProxyMode, way: Way, options: WatchOptions): Promise<Watch> {
  switch (mode) {
    case 'iptables':
      return watchIptables(node, way);
    case 'userspace':
      return watchUserspace(node, way);
    case 'nftables':
      return watchNftables(node, way, options);
    case 'ipvs':
      return watchIpvs(node, way);
    case 'none':
      return {
        problems: [],
        count: async (ends) => ({ entered: ends.length, objects: [], problems: [] }),
        [Symbol.asyncDispose]: async () => {},
      };
  }
}
