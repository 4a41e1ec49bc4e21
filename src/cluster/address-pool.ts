import { UnavailableError } from '../errors.ts';

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
  const segment = rangeOf(network);
  if (!segment) throw new UnavailableError(`"${network}" is no IPv4 network`, { remedy: 'name a network as in 172.18.0.0/16' });
  const free = freeSlice(segment, taken, number);
  if (asked === undefined) {
    if (free) return poolOf(free, segment);
    throw new UnavailableError(`the cluster's network ${network} has no free slice for LoadBalancer addresses`, {
      remedy: `name a pool of that network (addressPool), or make the network larger`,
    });
  }
  const remedy = free ? `give a free slice of that network, as in ${textOf(free)}, or none at all` : 'leave the pool out';
  const range = rangeOf(asked);
  if (!range) throw new UnavailableError(`the address pool "${asked}" is no IPv4 network`, { remedy });
  if (range.first < segment.first || last(range) > last(segment))
    throw new UnavailableError(
      `the address pool ${asked} lies outside of the cluster's network ${network}, and by l2 a node can only answer for addresses of its own network`,
      { remedy },
    );
  const somebody = taken.find((address) => holds(range, address));
  if (somebody !== undefined)
    throw new UnavailableError(`the address pool ${asked} holds ${somebody}, which is the address of a machine`, { remedy });
  return poolOf(range, segment);
}

/** The pool for addresses that are announced by BGP: of no network that the nodes have, as with any routed address. */
export const bgpPool = (): AddressPool => poolOf(rangeOf('192.168.10.0/24')!);

/**
 * Gives each LoadBalancer an address of a pool, in order.
 * @throws UnavailableError when there are more of them than addresses.
 */
export function allocate(pool: AddressPool, names: readonly string[]): ReadonlyMap<string, string> {
  if (names.length > pool.addresses.length)
    throw new UnavailableError(
      `the address pool ${pool.cidr} is exhausted: it has ${pool.addresses.length} addresses, and ${names.length} LoadBalancers need one each (${names.join(', ')})`,
      { remedy: 'give a larger pool (addressPool), or ask for fewer targets' },
    );
  return new Map(names.map((name, index) => [name, pool.addresses[index]!]));
}

interface Range {
  readonly first: number;
  readonly bits: number;
}

/** The free slice of this number, from the end: without the one with the broadcast address, as addresses are given out from below. */
function freeSlice(segment: Range, taken: readonly string[], number: number): Range | undefined {
  const bits = Math.max(SLICE_BITS, segment.bits + 2);
  if (bits > 32) return undefined;
  const step = sizeOf({ first: 0, bits });
  const free: Range[] = [];
  for (let first = last(segment) + 1 - 2 * step; first > segment.first && free.length < SLICES; first -= step)
    if (!taken.some((address) => holds({ first, bits }, address))) free.push({ first, bits });
  return free[number % Math.max(1, free.length)];
}

/** @param segment the network whose own first and last address are nobody's. */
function poolOf(range: Range, segment: Range = range): AddressPool {
  const numbers = Array.from({ length: sizeOf(range) }, (_, index) => range.first + index);
  const usable = numbers.filter((number) => sizeOf(segment) < 4 || (number !== segment.first && number !== last(segment)));
  return { cidr: textOf(range), addresses: usable.map(addressText) };
}

function rangeOf(cidr: string): Range | undefined {
  const [, address = '', bits = ''] = /^(\d+\.\d+\.\d+\.\d+)\/(\d{1,2})$/.exec(cidr.trim()) ?? [];
  const number = numberOf(address);
  if (number === undefined || Number(bits) > 32) return undefined;
  const size = 2 ** (32 - Number(bits));
  return { first: Math.floor(number / size) * size, bits: Number(bits) };
}

const sizeOf = ({ bits }: Range): number => 2 ** (32 - bits);
const last = (range: Range): number => range.first + sizeOf(range) - 1;
const textOf = ({ first, bits }: Range): string => `${addressText(first)}/${bits}`;

function holds(range: Range, address: string): boolean {
  const number = numberOf(address);
  return number !== undefined && number >= range.first && number <= last(range);
}

function numberOf(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((number, part) => number * 256 + part, 0);
}

const addressText = (number: number): string => [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.');
