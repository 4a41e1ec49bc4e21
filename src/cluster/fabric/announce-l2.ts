import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ProxyMode } from '../contract/provider.ts';
import type { Announcer } from './announcements.ts';
import { batches, inEach } from './batch.ts';
import type { NodeMember } from './layout.ts';

export interface L2Announcer extends Announcer {
  /** The node that answers for each address. */
  leaders(): Readonly<Record<string, string>>;
}

/**
 * Announces addresses by ARP on the nodes' segment: for each one node, its leader, answers, and it is the kernel that does.
 * Everyone on the segment is told as well, since a leader may have changed (gratuitous ARP, RFC 5227, 3).
 * @param note told when that could not be done; whoever was not told asks again after a while.
 */
export async function l2Announcer(
  nodes: readonly NodeMember[],
  mode: ProxyMode,
  note: (text: string) => void,
): Promise<L2Announcer> {
  const settings = mode === 'ipvs' ? STRICT_ARP : BY_PROXY;
  await inEach(
    'nsenter',
    nodes.map(({ host }) => `--net=/run/netns/${host.name} sysctl -q -w ${settings.join(' ')}`),
  );
  const hosts = new Map(nodes.map(({ host }) => [host.name, host]));
  const stop = new AbortController();
  const telling: Promise<unknown>[] = [];
  let leaders: ReadonlyMap<string, string> = new Map();
  const announce: Announcer['announce'] = async (all) => {
    const next = new Map(
      all.flatMap(({ address, nodes: able }) => {
        const leader = leaderOf(address, able);
        return leader === undefined ? [] : [[address, leader] as const];
      }),
    );
    const gone = [...leaders].filter(([address, leader]) => next.get(address) !== leader);
    const fresh = [...next].filter(([address, leader]) => leaders.get(address) !== leader);
    leaders = next;
    const lines = new Map<string, string[]>();
    for (const [change, pairs] of [['del', gone] as const, ['add', fresh] as const])
      for (const [address, leader] of pairs)
        lines.set(leader, [...(lines.get(leader) ?? []), ...answerLines(change, address, mode)]);
    if (lines.size > 0) await batches(lines);
    for (const [address, leader] of fresh) {
      const argv = ['arping', '-U', '-c', '1', '-I', 'eth0', '-s', address, address];
      // arping goes on to listen for a second; who waits for it need not.
      const told = hosts.get(leader)!.exec(argv, { signal: stop.signal });
      telling.push(
        told.catch((error: Error) =>
          stop.signal.aborted ? undefined : note(`${leader} could not announce ${address}: ${error.message}`),
        ),
      );
    }
  };
  return {
    announce,
    leaders: () => Object.fromEntries(leaders),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await announce([]);
      await Promise.all(telling);
    },
  };
}

/** The node that answers for an address: as MetalLB chooses (speaker/layer2_controller.go), so that addresses spread over nodes. */
export function leaderOf(address: string, nodes: readonly string[]): string | undefined {
  const ranked = nodes.map((node) => ({ node, rank: bytesToHex(sha256(utf8ToBytes(`${node}#${address}`))) }));
  return ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1))[0]?.node;
}

/**
 * A kernel answers ARP for an address that it does not have when it is told to (ip-neighbour(8), proxy) and would route it elsewhere than
 * where the question came from, hence the route; packets never take it, since rules translate them before they are routed.
 * In ipvs mode every node has the address, on kube-ipvs0, and so the leader has it on its interface, too.
 */
const answerLines = (change: 'add' | 'del', address: string, mode: ProxyMode): string[] =>
  mode === 'ipvs'
    ? [`addr ${change} ${address}/32 dev eth0`]
    : [`neigh ${change} proxy ${address} dev eth0`, `route ${change} ${address}/32 dev lo`];

/** kube-proxy's ipvs.strictARP, which MetalLB asks for: else every node would answer for the addresses on kube-ipvs0. */
const STRICT_ARP = ['net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.arp_announce=2'];
/** arping(8) binds to the address that it tells of; and who answers for others waits up to 0.8 s by default, so that the owner comes first (arp(7)). */
const BY_PROXY = ['net.ipv4.ip_nonlocal_bind=1', 'net.ipv4.neigh.eth0.proxy_delay=0'];
