/** Addresses that stand together, from `first` on: 2^(32 - bits) of them. */
export interface Ipv4Network {
  readonly first: number;
  readonly bits: number;
}

/**
 * Reads "10.0.0.0/8", or an address as the network that is it alone; undefined for anything else. An address inside of a network, as
 * interfaces and Podman write it ("172.18.0.1/16"), is that network.
 */
export function parseNetwork(text: string): Ipv4Network | undefined {
  const [, address = '', prefix = '32'] = /^(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2}))?$/.exec(text.trim()) ?? [];
  const number = parseAddress(address);
  const bits = Number(prefix);
  if (number === undefined || bits > 32) return undefined;
  return { first: number - (number % 2 ** (32 - bits)), bits };
}

function parseAddress(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((number, part) => number * 256 + part, 0);
}

export const sizeOf = ({ bits }: Ipv4Network): number => 2 ** (32 - bits);
export const lastOf = (network: Ipv4Network): number => network.first + sizeOf(network) - 1;
export const addressText = (number: number): string =>
  [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.');
export const networkText = ({ first, bits }: Ipv4Network): string => `${addressText(first)}/${bits}`;

/** Two networks have an address in common; one of them then lies in the other. */
export const overlap = (one: Ipv4Network, other: Ipv4Network): boolean =>
  one.first <= lastOf(other) && other.first <= lastOf(one);

/** Never routed on the internet: private (RFC 1918), shared (RFC 6598), for benchmarks (RFC 2544). */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15'].map(
  (text) => parseNetwork(text)!,
);

export const isPrivate = (network: Ipv4Network): boolean =>
  PRIVATE.some((range) => range.bits <= network.bits && overlap(range, network));
