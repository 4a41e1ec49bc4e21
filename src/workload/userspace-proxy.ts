import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type Balancer, createBalancer, type ProxiedService } from './balancer.ts';

/** All Service ports there are from now on; one JSON object a line on standard input. */
export interface ProxyRequest {
  readonly services: readonly ProxiedService[];
}

/** Where each of them is listened for; the answer to each request, one line on standard output. */
export interface ProxyAnswer {
  readonly ports: Readonly<Record<string, number>>;
}

/** How long each attempt to reach an endpoint may take; kube-proxy's (endpointDialTimeout, pkg/proxy/userspace/proxysocket.go). */
const DIAL_TIMEOUTS_MS = [250, 500, 1000, 2000] as const;
const BACKLOG = 4096;

interface Listening {
  readonly server: Server;
  readonly balancer: Balancer;
}

/**
 * What kube-proxy's userspace mode was (until 1.25): one listening port for each Service port, an endpoint dialled for each connection,
 * round robin, and every byte copied. Unlike kube-proxy, which closed both ways when one had ended, it hands an end on as an end.
 * It lives as long as its input is open.
 */
export async function serveUserspaceProxy(input: Readable, output: Writable): Promise<void> {
  const listening = new Map<string, Listening>();
  for await (const line of createInterface({ input })) {
    if (line.trim() === '') continue;
    const { services } = JSON.parse(line) as ProxyRequest;
    const names = new Set(services.map(({ name }) => name));
    for (const [name, { server }] of listening) {
      if (names.has(name)) continue;
      server.close();
      listening.delete(name);
    }
    await Promise.all(
      services.map(async (service) => {
        const known = listening.get(service.name);
        if (known) return known.balancer.update(service);
        listening.set(service.name, await listen(service));
      }),
    );
    const ports = Object.fromEntries([...listening].map(([name, { server }]) => [name, portOf(server)]));
    output.write(`${JSON.stringify({ ports } satisfies ProxyAnswer)}\n`);
  }
  for (const { server } of listening.values()) server.close();
}

async function listen(service: ProxiedService): Promise<Listening> {
  const balancer = createBalancer(service);
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => {}); // its close tells all there is to do
    void carry(client, balancer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '0.0.0.0', backlog: BACKLOG }, resolve);
  });
  return { server, balancer };
}

async function carry(client: Socket, balancer: Balancer): Promise<void> {
  const backend = await reach(client, balancer);
  if (backend === undefined || client.destroyed) {
    backend?.destroy();
    client.destroy();
    return;
  }
  join(client, backend);
  join(backend, client);
}

/** Tries one endpoint after another; one that cannot be reached ends the client's affinity to it. */
async function reach(client: Socket, balancer: Balancer): Promise<Socket | undefined> {
  for (const [attempt, timeoutMs] of DIAL_TIMEOUTS_MS.entries()) {
    const endpoint = balancer.next(client.remoteAddress ?? '', attempt > 0);
    if (endpoint === undefined) return undefined;
    const backend = await dialWithin(endpoint, timeoutMs);
    if (backend) return backend;
  }
  return undefined;
}

function dialWithin(endpoint: string, timeoutMs: number): Promise<Socket | undefined> {
  const [host, port] = endpoint.split(':');
  return new Promise((resolve) => {
    const socket = dial({ host: host!, port: Number(port), allowHalfOpen: true, noDelay: true });
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    socket.on('error', () => {});
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}

/** Copies one way. An end is handed on by `pipe`; a connection that broke breaks the other, and data still on its way is not waited for. */
function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.once('close', (broken) => {
    if (broken) to.destroy();
  });
}

const portOf = (server: Server): number => (server.address() as { port: number }).port;
