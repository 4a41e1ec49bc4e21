import { Agent, get } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectAnswer, ConnectJob, Echo } from './protocol.ts';

type Connection = ConnectAnswer['connections'][number];

/** So many time-outs one after another, and the rest would time out too: the answer then holds fewer connections than were asked for. */
const HOPELESS = 3;
const MAX_BODY_BYTES = 64 * 1024;

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

const TIMED_OUT = 'ETIMEDOUT';

function requestOnce({ url, host, timeoutMs }: ConnectJob, keep: (socket: Socket) => void): Promise<Connection> {
  return new Promise((resolve) => {
    let local = { localAddress: '', localPort: 0 };
    let status: number | undefined;
    let body = '';
    let connection: Socket | undefined;
    // An agent of its own is a connection of its own, and one that stays: nobody ends it before it is reset here.
    const request = get(
      url,
      { agent: new Agent({ keepAlive: true }), ...(host === undefined ? {} : { headers: { host } }) },
      (response) => {
        status = response.statusCode;
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          if (body.length < MAX_BODY_BYTES) body += chunk;
        });
        response.on('end', () => finish());
        response.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
      },
    );
    const timer = setTimeout(() => finish(TIMED_OUT), timeoutMs);
    request.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
    request.on('socket', (socket) => {
      connection = socket;
      socket.on('connect', () => {
        local = { localAddress: socket.localAddress ?? '', localPort: socket.localPort ?? 0 };
      });
    });

    function finish(error?: string): void {
      clearTimeout(timer);
      if (error === undefined && connection?.readyState === 'open') keep(connection);
      else request.destroy();
      const echo = parseEcho(body);
      resolve({
        ...local,
        ...(status === undefined ? {} : { status }),
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
