import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubernetesObject } from '@kubernetes/client-node';

/** As much of an API server as a list and watch needs: versions, events, bookmarks, and a past that it forgets. */
export interface FakeApiServer extends AsyncDisposable {
  readonly url: string;
  /** Every request, as "list services", "watch services 3". */
  readonly asked: readonly string[];
  readonly tokens: readonly (string | undefined)[];
  put(kind: string, object: KubernetesObject): void;
  remove(kind: string, name: string): void;
  bookmark(kind: string): void;
  /** Ends all watches, as an API server does now and then. */
  endWatches(): void;
  /** Versions until now are too old to go on from. */
  forget(): void;
  /** The next so many requests are answered with this. */
  fail(times: number, code: number): void;
}

export async function startFakeApiServer(): Promise<FakeApiServer> {
  let version = 1;
  let oldest = 0;
  let failing = { times: 0, code: 0 };
  const objects = new Map<string, Map<string, KubernetesObject>>();
  const events: { kind: string; version: number; line: string }[] = [];
  const watches = new Set<{ kind: string; response: ServerResponse }>();
  const asked: string[] = [];
  const tokens: (string | undefined)[] = [];

  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://fake');
    const kind = url.pathname.split('/').at(-1)!;
    const from = url.searchParams.get('resourceVersion');
    asked.push(from === null ? `list ${kind}` : `watch ${kind} ${from}`);
    tokens.push(request.headers.authorization);
    if (failing.times > 0) {
      failing.times--;
      response.writeHead(failing.code).end(JSON.stringify({ kind: 'Status', code: failing.code, message: 'not now' }));
      return;
    }
    if (from === null) {
      response.end(JSON.stringify({ metadata: { resourceVersion: String(version) }, items: [...ofKind(kind).values()] }));
      return;
    }
    response.writeHead(200).flushHeaders();
    if (Number(from) < oldest) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } })}\n`);
      return;
    }
    for (const event of events) if (event.kind === kind && event.version > Number(from)) response.write(event.line);
    const watch = { kind, response };
    watches.add(watch);
    response.on('close', () => watches.delete(watch));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const ofKind = (kind: string) => objects.get(kind) ?? objects.set(kind, new Map()).get(kind)!;

  function tell(kind: string, type: string, object: KubernetesObject): void {
    const versioned = { ...object, metadata: { ...object.metadata, resourceVersion: String(++version) } };
    const line = `${JSON.stringify({ type, object: versioned })}\n`;
    if (type !== 'BOOKMARK') events.push({ kind, version, line });
    for (const watch of watches) if (watch.kind === kind) watch.response.write(line);
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    tokens,
    put(kind, object) {
      const type = ofKind(kind).has(object.metadata!.name!) ? 'MODIFIED' : 'ADDED';
      ofKind(kind).set(object.metadata!.name!, object);
      tell(kind, type, object);
    },
    remove(kind, name) {
      const object = ofKind(kind).get(name)!;
      ofKind(kind).delete(name);
      tell(kind, 'DELETED', object);
    },
    bookmark: (kind) => tell(kind, 'BOOKMARK', {}),
    endWatches() {
      for (const { response } of watches) response.end();
      watches.clear();
    },
    forget() {
      oldest = ++version;
      events.length = 0;
    },
    fail(times, code) {
      failing = { times, code };
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
