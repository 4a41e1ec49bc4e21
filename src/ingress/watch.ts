import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { type ApiServer, ApiServerError, ask } from './api-server.ts';
import type { IngressObjects } from './model.ts';

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** Told why a list or a watch failed; it is tried again. */
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
  /** After a failure, doubled with each further one up to 30 times as long. Default 500 ms. */
  readonly retryMs?: number;
}

const paths = {
  ingresses: '/apis/networking.k8s.io/v1/ingresses',
  classes: '/apis/networking.k8s.io/v1/ingressclasses',
  services: '/api/v1/services',
  endpointSlices: '/apis/discovery.k8s.io/v1/endpointslices',
} as const satisfies Record<keyof IngressObjects, string>;
const kinds = Object.keys(paths) as (keyof IngressObjects)[];

/**
 * All that an ingress controller watches, of every namespace: the first snapshot when all kinds have been listed, then one after each change;
 * changes that come while a snapshot is being used make one. It ends when the signal fires, and throws nothing.
 */
export async function* watchObjects(server: ApiServer, options: WatchOptions): AsyncGenerator<IngressObjects> {
  const stores = new Map<keyof IngressObjects, ReadonlyMap<string, KubernetesObject>>();
  let changed = false;
  let wake: () => void = () => {};
  for (const kind of kinds)
    void follow(server, paths[kind], options, (objects) => {
      stores.set(kind, objects);
      changed = true;
      wake();
    });
  options.signal.addEventListener('abort', () => wake(), { once: true });

  while (!options.signal.aborted) {
    if (changed && stores.size === kinds.length) {
      changed = false;
      yield Object.fromEntries(kinds.map((kind) => [kind, [...stores.get(kind)!.values()]])) as unknown as IngressObjects;
    } else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}

const RETRY_MS = 500;
const MOST_DOUBLINGS = 5;

/** Lists and watches one kind until the signal fires (kubernetes.io, "Efficient detection of changes"). */
async function follow(
  server: ApiServer,
  path: string,
  { signal, log, retryMs = RETRY_MS }: WatchOptions,
  seen: (objects: ReadonlyMap<string, KubernetesObject>) => void,
): Promise<void> {
  let version: string | undefined;
  let objects = new Map<string, KubernetesObject>();
  let failures = 0;
  let short = 0;

  async function list(): Promise<string> {
    const answer = JSON.parse(await text(await ask(server, path, { signal, silentMs: LIST_MS }))) as KubernetesList;
    objects = new Map(answer.items.map((item) => [keyOf(item), item]));
    seen(objects);
    return answer.metadata.resourceVersion;
  }

  /** Reads events until the server ends them; returns the version to go on from, or none where it has to be listed again. */
  async function watch(from: string): Promise<string | undefined> {
    let last = from;
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${encodeURIComponent(from)}&timeoutSeconds=${WATCH_S}`;
    const response = await ask(server, `${path}?${query}`, { signal, silentMs: SILENT_MS });
    for await (const line of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line === '') continue;
      const { type, object } = JSON.parse(line) as WatchEvent;
      if (type === 'ERROR') {
        if (object.code === GONE) return undefined;
        throw new Error(`the API server ended the watch: ${object.message ?? JSON.stringify(object)}`);
      }
      last = object.metadata?.resourceVersion ?? last;
      version = last;
      failures = 0;
      if (type === 'BOOKMARK') continue;
      if (type === 'DELETED') objects.delete(keyOf(object));
      else objects.set(keyOf(object), object);
      seen(objects);
    }
    return last;
  }

  while (!signal.aborted) {
    try {
      if (version === undefined) version = await list();
      else {
        const [from, begun] = [version, performance.now()];
        version = await watch(version);
        // A server that ends each watch at once would be asked again without end.
        short = version === from && performance.now() - begun < SHORT_MS ? short + 1 : 0;
        if (short > 1) throw new Error('the API server ended the watch at once');
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiServerError && error.status === GONE) {
        version = undefined;
        continue;
      }
      log({ event: 'retry', path, message: error instanceof Error ? error.message : String(error) });
      // Half of it is random, so that many controllers do not come back at once.
      const pauseMs = retryMs * 2 ** Math.min(failures++, MOST_DOUBLINGS) * (0.5 + Math.random() / 2);
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}

/** Short, because a server that is frozen or cut off is seen only when a watch that it should have ended goes on. */
const WATCH_S = 60;
const LIST_MS = 30_000;
const SHORT_MS = 1000;
/** A connection that dies without a word is given up when the server should long have ended the watch itself. */
const SILENT_MS = (WATCH_S + 15) * 1000;
const GONE = 410;

interface KubernetesList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly KubernetesObject[];
}
interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubernetesObject & { readonly code?: number; readonly message?: string };
}
const keyOf = ({ metadata }: KubernetesObject): string => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
