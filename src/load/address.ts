import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** A request ready to be written, and where to. */
export interface PreparedRequest {
  readonly host: string;
  readonly port: number;
  /** The whole GET; it asks the server to keep the connection, so that the client is the one who ends it. */
  readonly request: Buffer;
}

/** Prepares the request of an http URL, its host resolved to an IP address: once, and never inside of a window. */
export async function resolveAndPrepare(url: string): Promise<PreparedRequest> {
  const { host, ...rest } = prepare(url);
  return { ...rest, host: isIP(host) ? host : (await lookup(host)).address };
}

/** Prepares the request of an http URL; its host stays as it is. */
export function prepare(url: string): PreparedRequest {
  const { protocol, hostname, port, host, pathname, search } = new URL(url);
  if (protocol !== 'http:') throw new Error(`only http is supported, not ${protocol} (${url})`);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 80 : Number(port),
    request: Buffer.from(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive\r\n\r\n`, 'latin1'),
  };
}
