import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { controllers } from '../../src/cluster/contract/topology.ts';
import { ingress, service, slice } from './objects.ts';
import { LOOPBACK, skipWithout, startProxy } from './real-proxy.ts';

const KIB = 1024;
/** Two lines, as nginx takes none of more than half of what it takes in all. */
const lines = (kib: number) => ({ 'x-one': 'a'.repeat((kib * KIB) / 2), 'x-two': 'b'.repeat((kib * KIB) / 2) });

/** A backend that takes more than any proxy, and answers with headers of as many KiB as the path says. */
async function startBackend() {
  const server = createServer({ maxHeaderSize: 256 * KIB }, (request, response) => {
    const answered = Number(request.url!.slice(1));
    response.writeHead(200, answered > 0 ? lines(answered) : {}).end(String(request.headers['x-one']?.length ?? 0));
  }).listen(0, LOOPBACK);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ask = (port: number, path: string, headers: Record<string, string> = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const options = {
      host: LOOPBACK,
      port,
      path,
      headers: { ...headers, host: 'a.example' },
      agent: false as const,
      maxHeaderSize: 256 * KIB,
    };
    get(options, (response: IncomingMessage) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode!));
    }).on('error', reject);
  });

// RFC 9110 5.4 leaves limits to the server; RFC 6585 5 has 431 for what is over them, and nginx and haproxy answer 400.
describe.each(controllers)('%s, set fairly', (name) => {
  it('cases 5.5: takes headers of 24 KiB in a request and in a response, as the others do, and of no more than 36 in a request', async ({
    skip,
  }) => {
    skipWithout(name, skip);
    await using backend = await startBackend();
    await using proxy = await startProxy(name);
    await proxy.apply({
      ingresses: [ingress('a', { 'a.example': [['/', 'Prefix', 'red']] })],
      classes: [],
      services: [service('red')],
      endpointSlices: [slice('red', [{ address: LOOPBACK, port: backend.port }])],
    });
    expect(await ask(proxy.port, '/0')).toBe(200);
    expect(await ask(proxy.port, '/0', lines(24))).toBe(200);
    expect(await ask(proxy.port, '/24')).toBe(200);
    expect([400, 431]).toContain(await ask(proxy.port, '/0', lines(40)));
  });
});
