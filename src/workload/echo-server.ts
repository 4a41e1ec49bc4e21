import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Echo } from './echo.ts';

export interface EchoOptions {
  /** 0 lets the kernel choose; the choice is in the answer. */
  readonly port: number;
  readonly address?: string;
  readonly pod: string;
  readonly node: string;
}

export interface EchoServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
}

/** The kernel caps it at net.core.somaxconn. */
const BACKLOG = 4096;

/**
 * The backend that every provider runs: answers each GET with an `Echo`, and `/healthz` with "ok".
 * It never closes a connection by itself, so an idle or held connection lives as long as its client wants.
 * One process may start many, one for each address that it serves.
 */
export async function startEcho({ port, address = '0.0.0.0', pod, node }: EchoOptions): Promise<EchoServer> {
  const server = createServer({ keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 }, (request, response) => {
    response.sendDate = false;
    if (request.url === '/healthz') return send(response, 'text/plain', 'ok');
    const forwardedFor = request.headers['x-forwarded-for'];
    const body =
      forwardedFor === undefined
        ? echoOf(request.socket, pod, node)
        : proxiedEcho(request.socket, pod, node, String(forwardedFor));
    send(response, 'application/json', body);
  });
  // A client that resets its connection is how the generators end theirs, and nothing to answer.
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: address, backlog: BACKLOG }, resolve);
  });
  return {
    address,
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

const requests = new WeakMap<Socket, number>();

/** Behind a proxy each request of a connection may be another client's. */
function proxiedEcho(socket: Socket, pod: string, node: string, forwardedFor: string): string {
  const requestOfConnection = (requests.get(socket) ?? 0) + 1;
  requests.set(socket, requestOfConnection);
  const { remoteAddress = '', remotePort = 0 } = socket;
  return JSON.stringify({ pod, node, remoteAddress, remotePort, forwardedFor, requestOfConnection } satisfies Echo);
}

const bodies = new WeakMap<Socket, string>();

/** What a connection is answered never changes while it lives, so it is written once. */
function echoOf(socket: Socket, pod: string, node: string): string {
  const known = bodies.get(socket);
  if (known !== undefined) return known;
  const { remoteAddress = '', remotePort = 0 } = socket;
  const body = JSON.stringify({ pod, node, remoteAddress, remotePort } satisfies Echo);
  bodies.set(socket, body);
  return body;
}
