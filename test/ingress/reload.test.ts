import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { proxies, proxyNames } from '../../src/ingress/proxy.ts';
import { runNewConnection } from '../../src/load/new-connection.ts';
import { startEcho } from '../../src/workload/echo-server.ts';
import { loadJob, never } from '../load/load-job.ts';
import { ingress, service, slice } from './objects.ts';
import { absent, LOOPBACK, pidIn, startProxy } from './real-proxy.ts';

const RELOADS = 3;

describe.each(proxyNames)('%s under the reference controller', (name) => {
  it.skipIf(absent(name))('loses no new connection while endpoints come and go', { timeout: 40_000 }, async () => {
    await using first = await startEcho({ port: 0, address: '127.0.0.2', pod: 'first', node: 'n' });
    await using second = await startEcho({ port: first.port, address: '127.0.0.3', pod: 'second', node: 'n' });
    await using proxy = await startProxy(name);
    const endpoints = [first, second].map(({ address, port }) => ({ address, port }));
    const objects = (of: typeof endpoints) => ({
      ingresses: [ingress('shop', { '': [['/', 'Prefix', 'echo']] })],
      classes: [],
      services: [service('echo')],
      endpointSlices: [slice('echo', of)],
    });
    await proxy.apply(objects(endpoints));
    const load = runNewConnection(
      loadJob('new-connection', `http://${LOOPBACK}:${proxy.port}/`, { connections: 4, durationMs: 4_000 }),
      never,
    );
    let reloads = 0;
    const until = performance.now() + 3_500;
    while (performance.now() < until) {
      const applied = await proxy.apply(objects(reloads++ % 2 === 0 ? [endpoints[reloads % 4 === 1 ? 0 : 1]!] : endpoints));
      expect(applied!.problems).toEqual([]);
      await delay(50);
    }
    const answer = await load;
    expect(answer).toMatchObject({ errors: {}, timeouts: 0, statusCounts: { '200': answer.requests } });
    expect(reloads).toBeGreaterThanOrEqual(RELOADS);
    expect(await pidIn(`${proxy.folder}/${proxies[name].pidFile}`)).toBeGreaterThan(1);
  });
});
