import ipaddr from 'ipaddr.js';

/** Addresses that stand together, from `first` on: 2^(32 - bits) of them. */
export interface Ipv4Network {
  readonly first: number;
  readonly bits: number;
}

/** The text of an IPv4 address in its only form, or undefined; leading zeros are decimal, as in Kubernetes (ParseIPSloppy). */
export function parseAddress(text: string): string | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return text;
  const decimal = text.replace(/\b0+(?=\d)/g, '');
  return ipaddr.IPv4.isValidFourPartDecimal(decimal) ? decimal : undefined;
}

/**
 * Reads "10.0.0.0/8", or an address as the network that is it alone; undefined for anything else. An address inside of a network, as
 * interfaces and Podman write it ("172.18.0.1/16"), is that network.
 */
export function parseNetwork(text: string): Ipv4Network | undefined {
  const [written = '', prefix = '32', ...rest] = text.trim().split('/');
  const address = parseAddress(written);
  const bits = Number(prefix);
  if (address === undefined || rest.length > 0 || !/^\d{1,2}$/.test(prefix) || bits > 32) return undefined;
  const number = ipaddr.IPv4.parse(address).octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return { first: number - (number % 2 ** (32 - bits)), bits };
}

/** A network with its prefix: an address alone is none. */
export const parseCidr = (text: string): Ipv4Network | undefined => (text.includes('/') ? parseNetwork(text) : undefined);

/** Whether an address is in a network; what is no address is in none. */
export function contains(network: Ipv4Network, address: string): boolean {
  const one = parseNetwork(address);
  return one !== undefined && overlap(network, one);
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
