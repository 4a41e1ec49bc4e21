import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** How an API server stops answering, or answers that it is busy. */
export type Silence = 'after-accept' | 'within-body' | 'busy-twice' | 'resets';

export interface SilentServer extends AsyncDisposable {
  readonly url: string;
  /** Requests that came so far. */
  readonly requests: readonly string[];
}

/** An API server of one answer, a version, that fails to give it in one of the ways in which real ones do. */
export async function silentServer(silence: Silence): Promise<SilentServer> {
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  const version = JSON.stringify({ gitVersion: 'v1.34.0', major: '1', minor: '34' });
  const answers: Record<Silence, (response: ServerResponse, count: number) => void> = {
    'after-accept': () => {},
    'within-body': (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': version.length });
      response.write(version.slice(0, 5));
    },
    'busy-twice': (response, count) => {
      const busy = count <= 2;
      response.writeHead(busy ? 429 : 200, { 'content-type': 'application/json', ...(busy ? { 'retry-after': '0' } : {}) });
      response.end(busy ? '{}' : version);
    },
    resets: (response) => response.socket?.resetAndDestroy(),
  };
  const server = createServer((request: IncomingMessage, response) => {
    requests.push(`${request.method} ${request.url}`);
    answers[silence](response, requests.length);
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
