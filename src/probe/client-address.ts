import type { ClientAddress } from '../proof/hop.ts';
import type { Echo } from '../workload/echo.ts';

/** Sums up what the backends saw of the client at an address; undefined where there was no answer. */
export function clientAddressOf(echoes: readonly Echo[], address: string): ClientAddress | undefined {
  if (echoes.length === 0) return undefined;
  const seen = distinct(echoes.map(({ remoteAddress }) => plain(remoteAddress)));
  const proxied = echoes.filter(({ forwardedFor }) => forwardedFor !== undefined);
  const forwardedFor = distinct(proxied.map((echo) => echo.forwardedFor!));
  const reused = proxied.filter(({ requestOfConnection = 1 }) => requestOfConnection > 1).length;
  return {
    client: address,
    seen,
    found: seen.every((one) => one === address)
      ? 'source'
      : proxied.length === echoes.length && forwardedFor.every((header) => firstOf(header) === address)
        ? 'forwarded-for'
        : 'nowhere',
    ...(proxied.length > 0 ? { forwardedFor, backendConnectionsReused: reused / proxied.length } : {}),
  };
}

/** Node.js writes IPv4 addresses of a dual-stack socket as IPv6 (RFC 4291, 2.5.5.2). */
export const plain = (address: string): string => address.replace('::ffff:', '');

const firstOf = (header: string): string => plain(header.split(',')[0]!.trim());

const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort();
