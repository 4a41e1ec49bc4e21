import { connect, type Socket } from 'node:net';
import type { Echo } from '../workload/echo.ts';
import { prepare } from './address.ts';
import type { ConnectAnswer, ConnectJob } from './messages.ts';
import { createResponseReader } from './response.ts';

type Connection = ConnectAnswer['connections'][number];

/** So many time-outs one after another, and the rest would time out too: the answer then holds fewer connections than were asked for. */
const HOPELESS = 3;
const MAX_BODY_BYTES = 64 * 1024;
const TIMED_OUT = 'ETIMEDOUT';

/**
 * Opens new connections one after another, one request each, and tells for each who answered and from which address and port it was
 * sent. They are handed to `keep` and stay open, so that nothing that tracks connections forgets them before it was asked.
 */
export async function runConnect(job: ConnectJob, signal: AbortSignal, keep: (socket: Socket) => void): Promise<ConnectAnswer> {
  const connections: Connection[] = [];
  let timeoutsInARow = 0;
  while (connections.length < job.count && timeoutsInARow < HOPELESS && !signal.aborted) {
    const connection = await requestOnce(job, keep);
    connections.push(connection);
    timeoutsInARow = connection.error === TIMED_OUT ? timeoutsInARow + 1 : 0;
  }
  return { id: job.id, kind: job.kind, connections };
}

function requestOnce({ url, timeoutMs }: ConnectJob, keep: (socket: Socket) => void): Promise<Connection> {
  const { host, port, request } = prepare(url);
  return new Promise((resolve) => {
    let local = { localAddress: '', localPort: 0 };
    const body: Buffer[] = [];
    let bodyBytes = 0;
    const response = createResponseReader((part) => {
      bodyBytes += part.length;
      if (bodyBytes <= MAX_BODY_BYTES) body.push(Buffer.from(part));
    });
    const socket = connect({ host, port });
    const timer = setTimeout(() => finish(TIMED_OUT), timeoutMs);
    socket.on('connect', () => {
      local = { localAddress: socket.localAddress ?? '', localPort: socket.localPort ?? 0 };
      socket.write(request);
    });
    socket.on('data', (chunk: Buffer) => {
      if (response.push(chunk)) finish(response.fault);
    });
    socket.on('end', () => {
      response.end();
      finish(response.fault);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));

    function finish(error?: string): void {
      clearTimeout(timer);
      for (const event of ['data', 'end', 'error']) socket.removeAllListeners(event);
      socket.on('error', () => {});
      if (error === undefined && socket.readyState === 'open') {
        keep(socket.resume());
        if (!response.keepsConnection) socket.end(); // the server asked for it (RFC 9112, 9.6)
      } else socket.destroy();
      const echo = parseEcho(Buffer.concat(body).toString('utf8'));
      resolve({
        ...local,
        ...(response.complete ? { status: response.status } : {}),
        ...(echo === undefined ? {} : { echo }),
        ...(error === undefined ? {} : { error }),
      });
    }
  });
}

/** Undefined where something other than the echo server answered. */
function parseEcho(body: string): Echo | undefined {
  try {
    const echo: unknown = JSON.parse(body);
    return typeof echo === 'object' && echo !== null && 'pod' in echo ? (echo as Echo) : undefined;
  } catch {
    return undefined;
  }
}
