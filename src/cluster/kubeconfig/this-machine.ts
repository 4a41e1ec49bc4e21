import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/**
 * Whether the host of a URL is this machine: a loopback or unspecified address of either family, in every form that a URL takes (RFC 4291
 * 2.5.2, 2.5.3 and 2.5.5.2, RFC 1122 3.2.1.3, WHATWG URL 3.5), "localhost" and names below it (RFC 6761 6.3), or an address of one of its
 * interfaces. Other names are not looked up. A URL that cannot be read is not this machine.
 */
export function isThisMachine(url: string, own: readonly string[] = ownAddresses()): boolean {
  const host = hostOf(url)?.replace(/\.$/, '');
  if (host === undefined) return false;
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  const bare = host.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(bare)) return false;
  const address = ipaddr.process(bare); // an IPv4 address mapped into IPv6 is the IPv4 address
  const text = address.toString();
  return (
    address.range() === 'loopback' ||
    text === '0.0.0.0' || // the rest of 0.0.0.0/8 is no host
    text === '::' ||
    own.some((one) => ipaddr.process(one).toString() === text)
  );
}

const ownAddresses = (): string[] =>
  Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address.split('%')[0]!));

/** The host as URLs of HTTP write it; those of other schemes (socks5) keep numbers as they are given. */
function hostOf(url: string): string | undefined {
  const web = url.replace(/^[a-z][a-z0-9+.-]*:/i, 'http:');
  return URL.canParse(web) ? new URL(web).hostname : undefined;
}
