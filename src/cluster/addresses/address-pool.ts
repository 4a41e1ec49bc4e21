import { UnavailableError } from '../../errors.ts';
import { addressText, contains, type Ipv4Network, lastOf, networkText, parseCidr, sizeOf } from './ipv4-network.ts';

/** Addresses for LoadBalancers, as in "172.18.255.224/28". */
export interface AddressPool {
  readonly cidr: string;
  readonly addresses: readonly string[];
}

/** Of this size where nobody asks for another: more than a lab has LoadBalancers. */
const SLICE_BITS = 28;
/** More than clusters are alive at once. */
const SLICES = 256;

export interface L2PoolRequest {
  /** The cluster's own network, as in "172.18.0.0/16". */
  readonly network: string;
  /** Addresses of it that are somebody's: nodes, clients, routers. */
  readonly taken: readonly string[];
  /** What the person asked for; absent: a free slice of the network. */
  readonly asked?: string | undefined;
  /** Of a cluster among those that share the network: clusters of different numbers have different slices. */
  readonly number?: number;
}

/**
 * The pool for addresses that are announced by ARP (l2); they must lie in the network of the nodes, or nobody there would ask for them.
 * @throws UnavailableError for a pool outside of the network, or one with somebody's address in it.
 */
export function l2Pool({ network, taken, asked, number = 0 }: L2PoolRequest): AddressPool {
  const segment = parseCidr(network);
  if (!segment)
    throw new UnavailableError(`"${network}" is not an IPv4 network`, { remedy: 'use a network such as 172.18.0.0/16' });
  const free = freeSlice(segment, taken, number);
  if (asked === undefined) {
    if (free) return poolOf(free, segment);
    throw new UnavailableError(`the cluster's network ${network} has no free part for LoadBalancer addresses`, {
      remedy: `set addressPool to a free part of that network, or use a larger network`,
    });
  }
  const remedy = free ? `use a free part of that network, such as ${networkText(free)}, or omit addressPool` : 'omit addressPool';
  const range = parseCidr(asked);
  if (!range) throw new UnavailableError(`the address pool "${asked}" is not an IPv4 network`, { remedy });
  if (range.first < segment.first || lastOf(range) > lastOf(segment))
    throw new UnavailableError(
      `the address pool ${asked} is outside the cluster's network ${network}; with l2, a node answers only for addresses of its own network`,
      { remedy },
    );
  const somebody = taken.find((address) => contains(range, address));
  if (somebody !== undefined)
    throw new UnavailableError(`the address pool ${asked} contains ${somebody}, the address of a machine`, { remedy });
  return poolOf(range, segment);
}

/** The pool for addresses that are announced by BGP. @param network one of no node, as with any routed address (`routedNetworks`). */
export const bgpPool = (network: string): AddressPool => poolOf(parseCidr(network)!);

/**
 * Gives each LoadBalancer an address of a pool, in order.
 * @throws UnavailableError when there are more of them than addresses.
 */
export function allocate(pool: AddressPool, names: readonly string[]): ReadonlyMap<string, string> {
  if (names.length > pool.addresses.length)
    throw new UnavailableError(
      `the address pool ${pool.cidr} is exhausted: it has ${pool.addresses.length} addresses for ${names.length} LoadBalancers (${names.join(', ')})`,
      { remedy: 'use a larger pool (addressPool for l2, bgpPool for bgp), or fewer targets' },
    );
  return new Map(names.map((name, index) => [name, pool.addresses[index]!]));
}

/** The free slice of this number, from the end: without the one with the broadcast address, as addresses are given out from below. */
function freeSlice(segment: Ipv4Network, taken: readonly string[], number: number): Ipv4Network | undefined {
  const bits = Math.max(SLICE_BITS, segment.bits + 2);
  if (bits > 32) return undefined;
  const step = sizeOf({ first: 0, bits });
  const free: Ipv4Network[] = [];
  for (let first = lastOf(segment) + 1 - 2 * step; first > segment.first && free.length < SLICES; first -= step)
    if (!taken.some((address) => contains({ first, bits }, address))) free.push({ first, bits });
  return free[number % Math.max(1, free.length)];
}

/** @param segment the network whose own first and last address are nobody's. */
function poolOf(range: Ipv4Network, segment: Ipv4Network = range): AddressPool {
  const numbers = Array.from({ length: sizeOf(range) }, (_, index) => range.first + index);
  const usable = numbers.filter((number) => sizeOf(segment) < 4 || (number !== segment.first && number !== lastOf(segment)));
  return { cidr: networkText(range), addresses: usable.map(addressText) };
}
