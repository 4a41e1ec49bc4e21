import type { Host } from '../cluster/contract/host.ts';
import type { ProxyMode } from '../cluster/contract/provider.ts';
import type { Rules, Watch, WatchOptions } from './watch.ts';
import { readIptables, watchIptables } from './watch-iptables.ts';
import { readIpvs, watchIpvs } from './watch-ipvs.ts';
import { readNftables, watchNftables } from './watch-nftables.ts';
import { readUserspace, watchUserspace } from './watch-userspace.ts';
import type { Way } from './way.ts';

/** How the rules of a mode are read, and watched while connections go through them. */
interface ModeRules {
  read(node: Host): Promise<Rules>;
  watch(node: Host, way: Way, options: WatchOptions): Promise<Watch>;
}

const modeRules: Readonly<Record<ProxyMode, ModeRules>> = {
  iptables: { read: readIptables, watch: watchIptables },
  userspace: { read: readUserspace, watch: watchUserspace },
  nftables: { read: readNftables, watch: watchNftables },
  ipvs: { read: readIpvs, watch: watchIpvs },
  none: {
    read: async () => ({ check: () => [] }),
    watch: async () => ({
      problems: [],
      count: async (ends) => ({ entered: ends.length, objects: [], problems: [] }),
      [Symbol.asyncDispose]: async () => {},
    }),
  },
};

/** Reads the rules of a mode on a node. */
export const readRules = (node: Host, mode: ProxyMode): Promise<Rules> => modeRules[mode].read(node);

/** Begins to watch a way through a node's rules. */
export const watch = (node: Host, mode: ProxyMode, way: Way, options: WatchOptions): Promise<Watch> =>
  modeRules[mode].watch(node, way, options);
