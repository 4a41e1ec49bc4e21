import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ControllerName, controllers } from '../../src/cluster/topology.ts';
import type { BackendEndpoint } from '../../src/ingress/model.ts';
import { proxies, proxyNames } from '../../src/ingress/proxy.ts';
import { runKeepAlive } from '../../src/load/keep-alive.ts';
import { runNewConnection } from '../../src/load/new-connection.ts';
import type { LoadAnswer } from '../../src/load/protocol.ts';
import { startEcho } from '../../src/workload/echo-server.ts';
import { loadJob, never } from '../load/load-job.ts';
import { ingress, service, slice } from './objects.ts';
import { LOOPBACK, pidIn, skipWithout, startProxy } from './real-proxy.ts';

const objects = (endpoints: readonly BackendEndpoint[]) => ({
  ingresses: [ingress('shop', { '': [['/', 'Prefix', 'echo']] })],
  classes: [],
  services: [service('echo')],
  endpointSlices: [slice('echo', endpoints)],
});

/** Takes endpoints out and puts them back, each change waited for, while there is load; one answer for each of its windows. */
async function reloadUnderLoad(name: ControllerName, load: (url: string) => Promise<LoadAnswer>): Promise<LoadAnswer[]> {
  await using first = await startEcho({ port: 0, address: '127.0.0.2', pod: 'first', node: 'n' });
  await using second = await startEcho({ port: first.port, address: '127.0.0.3', pod: 'second', node: 'n' });
  await using proxy = await startProxy(name);
  const both = [first, second].map(({ address, port }) => ({ address, port }));
  await proxy.apply(objects(both));
  if (name !== 'traefik') expect(await pidIn(`${proxy.folder}/${proxies[name].pidFile}`)).toBe(proxy.pid);

  let reloaded = false;
  const reloading = (async () => {
    for (const endpoints of [[both[0]!], both, [both[1]!]]) {
      await delay(50);
      expect(await proxy.apply(objects(endpoints))).toMatchObject({ problems: [] });
    }
  })().finally(() => {
    reloaded = true;
  });
  const answers: LoadAnswer[] = [];
  while (!reloaded) answers.push(await load(`http://${LOOPBACK}:${proxy.port}/`));
  await reloading;
  return answers;
}
const RELOADS = 3;
const CONNECTIONS = 2;
const job = { connections: CONNECTIONS, warmupMs: 0, durationMs: 500 };

describe.each(controllers)('%s, its endpoints coming and going', (name) => {
  it('loses no new connection', { timeout: 60_000 }, async ({ skip }) => {
    skipWithout(name, skip);
    const answers = await reloadUnderLoad(name, (url) => runNewConnection(loadJob('new-connection', url, job), never));
    for (const answer of answers) expectAllAnswered(answer);
    expect(answers.reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThan(0);
  });
});

describe.each(proxyNames)('%s, reloaded', (name) => {
  // nginx closes all of them, haproxy those that are used, with "Connection: close" before; traefik, which reloads nothing, would close none.
  it('closes each kept connection at most once each time', { timeout: 60_000 }, async ({ skip }) => {
    skipWithout(name, skip);
    const answers = await reloadUnderLoad(name, (url) => runKeepAlive(loadJob('keep-alive', url, job), never));
    const errors = answers.flatMap((answer) => Object.entries(answer.errors));
    for (const answer of answers) expectAllAnswered({ ...answer, errors: {} });
    expect(errors.map(([code]) => code).filter((code) => code !== 'CLOSED' && code !== 'ECONNRESET')).toEqual([]);
    expect(errors.reduce((sum, [, times]) => sum + times, 0)).toBeLessThanOrEqual(RELOADS * CONNECTIONS);
  });
});

describe.each(proxyNames)('%s in front of a pod that is gone before its endpoint is', (name) => {
  it('leaves it for the next one', { timeout: 40_000 }, async ({ skip }) => {
    skipWithout(name, skip);
    await using first = await startEcho({ port: 0, address: '127.0.0.2', pod: 'first', node: 'n' });
    const second = await startEcho({ port: first.port, address: '127.0.0.3', pod: 'second', node: 'n' });
    await using proxy = await startProxy(name);
    await proxy.apply(objects([first, second].map(({ address, port }) => ({ address, port }))));
    const loading = runNewConnection(
      loadJob('new-connection', `http://${LOOPBACK}:${proxy.port}/`, { ...job, durationMs: 1_500 }),
      never,
    );
    await delay(500);
    await second[Symbol.asyncDispose]();
    await delay(300);
    await proxy.apply(objects([first].map(({ address, port }) => ({ address, port }))));
    const answer = await loading;
    expectAllAnswered(answer);
  });
});

function expectAllAnswered({ errors, timeouts, statusCounts }: LoadAnswer): void {
  expect({ errors, timeouts, statuses: Object.keys(statusCounts).filter((status) => status !== '200') }).toEqual({
    errors: {},
    timeouts: 0,
    statuses: [],
  });
}
