import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

export interface RequestLine {
  /** An IP address: names are looked up once, and never inside of a window. */
  readonly host: string;
  readonly port: number;
  /** The whole GET, ready to be written; it asks the server to keep the connection, so that the client is the one who ends it. */
  readonly request: Buffer;
}

/** Takes an http URL apart, and resolves its host. */
export async function requestLine(url: string): Promise<RequestLine> {
  const { protocol, hostname, port, host, pathname, search } = new URL(url);
  if (protocol !== 'http:') throw new Error(`only http is spoken here, not ${protocol} (${url})`);
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    host: isIP(bare) ? bare : (await lookup(bare)).address,
    port: port === '' ? 80 : Number(port),
    request: Buffer.from(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive\r\n\r\n`, 'latin1'),
  };
}
