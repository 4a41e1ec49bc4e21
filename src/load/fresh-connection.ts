import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { PreparedRequest } from './address.ts';
import { createResponseReader } from './response.ts';

const READ_BUFFER_BYTES = 16 * 1024;
/** Another program has the port; the next one will do. */
const OCCUPIED = new Set(['EADDRINUSE', 'EADDRNOTAVAIL']);

export interface FreshConnection {
  open(): void;
  /** Gives up a request that began before this time, as a time-out. */
  giveUpBefore(time: number): void;
}

export interface FreshEvents {
  /** @param latencyUs from connect to the last byte. */
  answered(latencyUs: number, status: number): void;
  /** A request was lost, or more came than was asked for. @param code undefined: a time-out. */
  failed(code: string | undefined): void;
  /** The port was not free, and nothing was sent. */
  occupied(): void;
  /** After each of the above: it may be opened again. */
  closed(connection: FreshConnection): void;
}

/**
 * A connection that is opened anew for each request: connect, one GET, the whole response, then a reset, so that neither side keeps a
 * TIME_WAIT. autocannon cannot do this: its reconnectRate of 1 counts nothing, and "Connection: close" corrupts its pairing (docs/method.md).
 */
export function createFreshConnection(
  requests: readonly PreparedRequest[],
  nextPort: () => number,
  events: FreshEvents,
): FreshConnection {
  const response = createResponseReader();
  let socket: Socket | undefined;
  let chosen = 0;
  let startedAt = 0;
  const onread = {
    buffer: Buffer.allocUnsafe(READ_BUFFER_BYTES),
    callback: (bytes: number, buffer: Uint8Array) => {
      if (response.push(buffer, bytes)) settle();
      return true;
    },
  };
  const options: TcpNetConnectOpts[] = requests.map(({ host, port }) => ({ host, port, onread }));

  function open(): void {
    response.reset();
    chosen = Math.floor(Math.random() * requests.length);
    startedAt = performance.now();
    socket = connect({ ...options[chosen]!, localPort: nextPort() });
    socket.on('connect', onConnect);
    socket.on('end', onEnd);
    socket.on('error', onError);
  }

  function onConnect(this: Socket): void {
    this.write(requests[chosen]!.request);
  }

  function onEnd(this: Socket): void {
    if (this !== socket) return;
    response.end();
    settle();
  }

  function onError(this: Socket, error: NodeJS.ErrnoException): void {
    if (this !== socket) return;
    if (OCCUPIED.has(error.code ?? '')) events.occupied();
    else events.failed(error.code ?? error.message);
    close();
  }

  function settle(): void {
    if (socket === undefined) return;
    const { complete, fault, status } = response;
    if (complete) events.answered((performance.now() - startedAt) * 1000, status);
    if (fault) events.failed(fault);
    close();
  }

  function close(): void {
    const old = socket;
    socket = undefined;
    if (old?.readyState === 'open') old.resetAndDestroy();
    else old?.destroy();
    events.closed(connection);
  }

  const connection: FreshConnection = {
    open,
    giveUpBefore: (time) => {
      if (socket === undefined || startedAt >= time) return;
      events.failed(undefined);
      close();
    },
  };
  return connection;
}
