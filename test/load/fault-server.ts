import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What the server does with the nth request that reaches it, counted from 1 over all connections. */
export type Fault = (
  nth: number,
  connection: number,
) => 'answer' | '503' | 'chunked' | 'reset' | 'close' | 'half-then-reset' | 'stall' | StallThenReset | Raw;
/** These bytes, and then perhaps the end of the connection. */
export interface Raw {
  readonly raw: string;
  readonly after?: 'end';
}
export interface StallThenReset {
  readonly stallMs: number;
}

export interface FaultServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: number;
  readonly connections: number;
  /** The most connections that were open at one time. */
  readonly mostOpen: number;
}

const BODY = 'ok';
const ANSWERS = {
  answer: `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
  '503': 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n',
  chunked: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
} as const;

/** A server on a loopback port that fails on purpose, and counts what really reached it. */
export async function startFaultServer(
  fault: Fault,
  { onConnection = () => {} }: { onConnection?: (connection: number) => void } = {},
): Promise<FaultServer> {
  const open = new Set<Socket>();
  let requests = 0;
  let connections = 0;
  let mostOpen = 0;
  const server = createServer((socket) => {
    const connection = ++connections;
    onConnection(connection);
    open.add(socket);
    mostOpen = Math.max(mostOpen, open.size);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const _ of chunk.toString('latin1').matchAll(/\r\n\r\n/g)) perform(socket, fault(++requests, connection));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get requests() {
      return requests;
    },
    get connections() {
      return connections;
    },
    get mostOpen() {
      return mostOpen;
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

function perform(socket: Socket, what: ReturnType<Fault>): void {
  if (typeof what === 'object' && 'raw' in what) {
    socket.write(what.raw, 'latin1');
    if (what.after === 'end') socket.end();
  } else if (typeof what === 'object') setTimeout(() => socket.resetAndDestroy(), what.stallMs);
  else if (what === 'reset') socket.resetAndDestroy();
  else if (what === 'close') socket.end();
  else if (what === 'half-then-reset')
    socket.write(ANSWERS.answer.slice(0, -1), () => setImmediate(() => socket.resetAndDestroy()));
  else if (what !== 'stall') socket.write(ANSWERS[what]);
}
