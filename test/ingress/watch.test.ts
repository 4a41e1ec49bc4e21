import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inClusterApiServer } from '../../src/ingress/api-server.ts';
import type { IngressObjects } from '../../src/ingress/model.ts';
import { watchObjects } from '../../src/ingress/watch.ts';
import { waitFor } from '../../src/waiting/wait.ts';
import { startFakeApiServer } from './fake-api-server.ts';
import { ingress, service } from './objects.ts';

/** Follows a server in the background; `names` is what the newest snapshot holds. */
function follow(url: string, token?: () => Promise<string>) {
  const stop = new AbortController();
  const told: unknown[] = [];
  const snapshots: IngressObjects[] = [];
  const done = (async () => {
    const options = { signal: stop.signal, log: (entry: unknown) => void told.push(entry), retryMs: 10 };
    for await (const snapshot of watchObjects({ url, ...(token ? { token } : {}) }, options)) snapshots.push(snapshot);
  })();
  return {
    told,
    snapshots,
    sees: (...services: string[]) =>
      waitFor(`a snapshot with ${services}`, { deadlineMs: 3_000, intervalMs: 5 }, async () => {
        const newest = snapshots.at(-1);
        if (!newest) return { seen: 'no snapshot' };
        const seen = newest.services.map(({ metadata }) => metadata!.name!).sort();
        return `${seen}` === `${services}` ? { value: true } : { seen: `${seen}` };
      }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done;
    },
  };
}

describe('watchObjects', () => {
  it('tells what is there once all kinds are listed, and then each change', async () => {
    await using server = await startFakeApiServer();
    server.put('services', service('a'));
    server.put('ingresses', ingress('shop', {}));
    await using followed = follow(server.url, async () => 'secret');
    await followed.sees('a');
    expect(followed.snapshots[0]).toMatchObject({ ingresses: [{ metadata: { name: 'shop' } }], classes: [], endpointSlices: [] });
    server.put('services', service('b'));
    await followed.sees('a', 'b');
    server.remove('services', 'a');
    await followed.sees('b');
    expect(new Set(server.tokens)).toEqual(new Set(['Bearer secret']));
    expect(followed.told).toEqual([]);
  });

  it('goes on from the last version when a watch ends, bookmarks included, without a list', async () => {
    await using server = await startFakeApiServer();
    await using followed = follow(server.url);
    await followed.sees();
    server.put('services', service('a'));
    await followed.sees('a');
    await waitFor('the watch', { deadlineMs: 3_000, intervalMs: 5 }, async () =>
      server.asked.includes('watch services 1') ? { value: true } : { seen: `${server.asked}` },
    );
    server.bookmark('services');
    const before = server.asked.length;
    server.endWatches();
    server.put('services', service('b'));
    await followed.sees('a', 'b');
    expect(server.asked.slice(before)).toContain('watch services 3');
    expect(server.asked.slice(before).filter((one) => one.startsWith('list'))).toEqual([]);
  });

  it('lists again when its version is too old', async () => {
    await using server = await startFakeApiServer();
    server.put('services', service('a'));
    await using followed = follow(server.url);
    await followed.sees('a');
    server.remove('services', 'a');
    server.put('services', service('b'));
    server.forget();
    server.endWatches();
    await followed.sees('b');
    await waitFor('a second list', { deadlineMs: 3_000, intervalMs: 5 }, async () => {
      const lists = server.asked.filter((one) => one === 'list services').length;
      return lists === 2 ? { value: true } : { seen: `${lists} lists` };
    });
    expect(followed.told).toEqual([]);
  });

  it('tells of failures and tries again', async () => {
    await using server = await startFakeApiServer();
    server.put('services', service('a'));
    server.fail(6, 403);
    await using followed = follow(server.url);
    await followed.sees('a');
    expect(followed.told).toContainEqual({
      event: 'retry',
      path: '/api/v1/services',
      message: 'the API server answered 403 to /api/v1/services: {"kind":"Status","code":403,"message":"not now"}',
    });
  });
});

describe('inClusterApiServer', () => {
  it('reads the service account, the token anew each time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trafficlab-account-'));
    await writeFile(join(folder, 'ca.crt'), 'PEM');
    await writeFile(join(folder, 'token'), 'one\n');
    const server = await inClusterApiServer({ KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }, folder);
    expect(server).toMatchObject({ url: 'https://10.96.0.1:443', ca: 'PEM' });
    expect(await server.token!()).toBe('one');
    await writeFile(join(folder, 'token'), 'two');
    expect(await server.token!()).toBe('two');
    await rm(folder, { recursive: true });
    await expect(inClusterApiServer({}, folder)).rejects.toThrow(
      'not in a pod: no service account or no KUBERNETES_SERVICE_HOST',
    );
  });
});
