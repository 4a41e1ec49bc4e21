import type { Host } from '../cluster/contract/host.ts';
import type { Problem } from '../proof/problem.ts';

/** The node that answers for a LoadBalancer's address on the nodes' segment, or why there is none. */
export type ArpAnswer = { readonly leader: Host; readonly mac: string } | { readonly problem: Problem };

interface Neighbour {
  readonly dst: string;
  readonly lladdr?: string;
  readonly state?: readonly string[];
}

interface Link {
  readonly address?: string;
  readonly addr_info?: readonly { readonly local?: string }[];
}

/**
 * Reads from the neighbour table of a host on the segment (RFC 826; `ip neigh`) which node has answered for an address, once something
 * was sent there. MetalLB lets one node, the leader, answer for each address that it announces by L2.
 */
export async function arpAnswer(asker: Host, address: string, nodes: readonly Host[]): Promise<ArpAnswer> {
  const table = await json<Neighbour>(asker, ['ip', '-json', 'neighbour', 'show', 'to', address]);
  const mac = table.find(({ dst, lladdr }) => dst === address && lladdr)?.lladdr?.toLowerCase();
  if (!mac) {
    const state = table.find(({ dst }) => dst === address)?.state?.join(', ') ?? 'no entry';
    return { problem: { code: 'no-arp-answer', asker: asker.name, address, state } };
  }
  for (const node of nodes) if ((await segmentMac(node)) === mac) return { leader: node, mac };
  return { problem: { code: 'arp-stranger', address, mac } };
}

/** The link address of the interface that holds the node's own address. */
async function segmentMac(node: Host): Promise<string | undefined> {
  const links = await json<Link>(node, ['ip', '-json', 'address', 'show']);
  return links.find(({ addr_info = [] }) => addr_info.some(({ local }) => local === node.address))?.address?.toLowerCase();
}

async function json<T>(host: Host, argv: readonly string[]): Promise<readonly T[]> {
  const { stdout } = await host.inNetwork(argv, { timeoutMs: 30_000 });
  return stdout.trim() === '' ? [] : (JSON.parse(stdout) as T[]);
}
