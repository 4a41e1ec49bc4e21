import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A request as a backend got it. */
export interface Recorded {
  readonly service: string;
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly trailers: readonly string[];
}

/** How a backend answers the requests of a case; "(close)" at the end of an answer ends the connection after it. */
export type BackendAnswer = string | 'upgrade' | 'close';

/** The header by which a backend knows to which case a request belongs. */
export const CASE_HEADER = 'x-case';
export const CLOSE = '(close)';

export const PLAIN_ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** To the key of RFC 6455 1.3. */
const SWITCHED = [
  'HTTP/1.1 101 Switching Protocols',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  '\r\n',
].join('\r\n');

export interface RecordingBackend extends AsyncDisposable {
  readonly port: number;
}

/**
 * A backend on plain TCP: it takes requests apart by itself, so that nothing of a library hides what a proxy sent, tells of each, and answers
 * with bytes that are given. @param answers by case.
 */
export async function startRecordingBackend(
  service: string,
  answers: ReadonlyMap<string, BackendAnswer>,
  record: (caseName: string, request: Recorded) => void,
): Promise<RecordingBackend> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    let bytes = '';
    let upgraded = false;
    socket.on('data', (chunk: Buffer) => {
      if (upgraded) return void socket.write(chunk); // bytes back, as they come
      const waits = /\r\nexpect: 100-continue\r\n/i.test(bytes + chunk.toString('latin1')) && !bytes.includes('\r\n\r\n');
      bytes += chunk.toString('latin1');
      if (waits) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      for (;;) {
        const taken = takeRequest(bytes);
        if (!taken) return;
        bytes = bytes.slice(taken.length);
        const caseName = taken.headers.find(([name]) => name.toLowerCase() === CASE_HEADER)?.[1] ?? '';
        record(caseName, { service, ...taken });
        const answer = answers.get(caseName) ?? PLAIN_ANSWER;
        if (answer === 'close') return void socket.destroy();
        if (answer === 'upgrade') {
          const asked = taken.headers.some(([name]) => name.toLowerCase() === 'upgrade');
          upgraded = asked;
          socket.write(asked ? SWITCHED : PLAIN_ANSWER);
        } else if (answer.endsWith(CLOSE)) return void socket.end(answer.slice(0, -CLOSE.length), 'latin1');
        else socket.write(answer, 'latin1');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The first whole request in what has come, and its length; undefined where more must come. */
function takeRequest(bytes: string): (Omit<Recorded, 'service'> & { readonly length: number }) | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [line = '', ...fields] = bytes.slice(0, end).split('\r\n');
  const [method = '', ...rest] = line.split(' ');
  const version = rest.pop() ?? '';
  const headers = fields.map((field) => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon), field.slice(colon + 1).trim()] as const;
  });
  const of = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const start = end + 4;
  const head = { method, target: rest.join(' '), version, headers };
  if (/chunked/i.test(of('transfer-encoding') ?? '')) {
    let at = start;
    let body = '';
    for (;;) {
      const lineEnd = bytes.indexOf('\r\n', at);
      if (lineEnd < 0) return undefined;
      const size = Number.parseInt(bytes.slice(at, lineEnd), 16);
      at = lineEnd + 2;
      if (size === 0) break;
      body += bytes.slice(at, at + size);
      at += size + 2;
    }
    const trailers: string[] = [];
    for (;;) {
      const lineEnd = bytes.indexOf('\r\n', at);
      if (lineEnd < 0) return undefined;
      const field = bytes.slice(at, lineEnd);
      at = lineEnd + 2;
      if (field === '') break;
      trailers.push(field);
    }
    return { ...head, body, trailers, length: at };
  }
  const length = Number(of('content-length') ?? 0);
  if (bytes.length < start + length) return undefined;
  return { ...head, body: bytes.slice(start, start + length), trailers: [], length: start + length };
}
