import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

export interface RequestLine {
  readonly host: string;
  readonly port: number;
  /** The whole GET, ready to be written; it asks the server to keep the connection, so that the client is the one who ends it. */
  readonly request: Buffer;
}

/** Takes an http URL apart, and resolves its host to an IP address: names are looked up once, and never inside of a window. */
export async function requestLine(url: string): Promise<RequestLine> {
  const { host, ...rest } = requestTo(url);
  return { ...rest, host: isIP(host) ? host : (await lookup(host)).address };
}

/**
 * Takes an http URL apart.
 * @param hostHeader for the header Host, where it is not to be the URL's.
 */
export function requestTo(url: string, hostHeader?: string): RequestLine {
  const { protocol, hostname, port, host, pathname, search } = new URL(url);
  if (protocol !== 'http:') throw new Error(`only http is supported, not ${protocol} (${url})`);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 80 : Number(port),
    request: Buffer.from(
      `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostHeader ?? host}\r\nConnection: keep-alive\r\n\r\n`,
      'latin1',
    ),
  };
}
