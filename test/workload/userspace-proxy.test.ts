import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { type ProxyAnswer, type ProxyRequest, serveUserspaceProxy } from '../../src/workload/userspace-proxy.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

describe('the userspace proxy', () => {
  it('copies both ways, and hands an end on as an end', async () => {
    // Answers only when it has seen the client's end, so a proxy that closes both ways at once would lose the answer.
    const backend = await listen((socket) => {
      let said = '';
      socket.on('data', (data) => {
        said += data;
      });
      socket.on('end', () => socket.end(`heard ${said}`));
    });
    const ask = startProxy();
    const { ports } = await ask({ services: [{ name: 'a', endpoints: [backend] }] });
    const client = connect({ port: ports.a!, allowHalfOpen: true });
    client.end('hello');
    expect(await text(client)).toBe('heard hello');
  });

  it('goes to the next endpoint when one refuses', async () => {
    const gone = await listen(() => {});
    cleanups.pop()!();
    const backend = await listen((socket) => socket.end('here'));
    const { ports } = await startProxy()({ services: [{ name: 'a', endpoints: [gone, backend] }] });
    for (let attempt = 0; attempt < 4; attempt += 1) expect(await text(connect(ports.a!))).toBe('here');
  });

  it('breaks the connection to the backend when the client breaks its own', async () => {
    let broken: Promise<unknown> | undefined;
    const backend = await listen((socket) => {
      broken = once(socket.resume(), 'end');
      socket.write('hello');
    });
    const { ports } = await startProxy()({ services: [{ name: 'a', endpoints: [backend] }] });
    const client = connect(ports.a!);
    await once(client, 'data');
    client.resetAndDestroy();
    await broken;
  });

  it('keeps the port of a Service that stays, opens one for a new one and closes that of one that went', async () => {
    const backend = await listen((socket) => socket.end('here'));
    const ask = startProxy();
    const first = await ask({
      services: [
        { name: 'a', endpoints: [backend] },
        { name: 'b', endpoints: [backend] },
      ],
    });
    const second = await ask({
      services: [
        { name: 'b', endpoints: [] },
        { name: 'c', endpoints: [backend] },
      ],
    });
    expect(Object.keys(second.ports).sort()).toEqual(['b', 'c']);
    expect(second.ports.b).toBe(first.ports.b);
    expect(await text(connect(second.ports.c!))).toBe('here');
    expect(await text(connect(second.ports.b!))).toBe(''); // no endpoint: closed
    await expect(once(connect(first.ports.a!), 'connect')).rejects.toThrow(/ECONNREFUSED/);
  });
});

function startProxy(): (request: ProxyRequest) => Promise<ProxyAnswer> {
  const input = new PassThrough();
  const output = new PassThrough();
  void serveUserspaceProxy(input, output);
  cleanups.push(() => input.end());
  return async (request) => {
    input.write(`${JSON.stringify(request)}\n`);
    const [line] = await once(output, 'data');
    return JSON.parse(String(line)) as ProxyAnswer;
  };
}

async function listen(serve: (socket: Socket) => void): Promise<string> {
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
