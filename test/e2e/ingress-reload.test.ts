import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { type ControllerName, controllers } from '../../src/cluster/contract/topology.ts';
import type { BackendEndpoint } from '../../src/ingress/model.ts';
import { proxies, proxyNames } from '../../src/ingress/proxy.ts';
import type { ConnectionPolicy, LoadAnswer } from '../../src/load/messages.ts';
import { runLoad } from '../../src/load/run-load.ts';
import { windowOf } from '../../src/probe/load-window.ts';
import { checkLoad } from '../../src/probe/validity.ts';
import { startEcho } from '../../src/workload/echo-server.ts';
import { ingress, service, slice } from '../ingress/objects.ts';
import { LOOPBACK, pidIn, skipWithout, startProxy } from '../ingress/real-proxy.ts';
import { loadJob, never } from '../load/load-job.ts';

const objects = (endpoints: readonly BackendEndpoint[]) => ({
  ingresses: [ingress('shop', { '': [['/', 'Prefix', 'echo']] })],
  classes: [],
  services: [service('echo')],
  endpointSlices: [slice('echo', endpoints)],
});

const RELOADS = 5;
const CONNECTIONS = 4;
/** Requests between two changes, so that each meets load. */
const BETWEEN = 200;
/** Long enough for all reloads; the signal ends it. */
const job = { connections: CONNECTIONS, warmupMs: 50, durationMs: 30_000 };

/** Takes endpoints out and puts them back five times, each change waited for, while there is load on four connections: one window over all of it. */
async function reloadUnderLoad(name: ControllerName, policy: ConnectionPolicy): Promise<LoadAnswer> {
  await using first = await startEcho({ port: 0, address: '127.0.0.2', pod: 'first', node: 'n' });
  await using second = await startEcho({ port: first.port, address: '127.0.0.3', pod: 'second', node: 'n' });
  await using proxy = await startProxy(name);
  const both = [first, second].map(({ address, port }) => ({ address, port }));
  await proxy.apply(objects(both));
  if (name !== 'traefik') expect(await pidIn(`${proxy.folder}/${proxies[name].pidFile}`)).toBe(proxy.pid);

  const stop = new AbortController();
  const loading = runLoad(loadJob(policy, `http://${LOOPBACK}:${proxy.port}/`, job), { signal: stop.signal });
  for (const endpoints of [[both[0]!], both, [both[1]!], both, [both[0]!]].slice(0, RELOADS)) {
    await answered(BETWEEN);
    expect(await proxy.apply(objects(endpoints))).toMatchObject({ problems: [] });
  }
  await answered(BETWEEN);
  stop.abort();
  const answer = await loading;
  // npx vitest run --project e2e test/e2e/ingress-reload.test.ts --reporter verbose: the table in docs/ingress-controllers.md
  console.log(`${name}, ${policy}: ${JSON.stringify(lossesOf(answer))}`);
  return answer;
}

const lossesOf = ({ requests, errors, reconnects }: LoadAnswer) => ({ requests, errors, reconnects });

describe.each(controllers)('%s, its endpoints coming and going', (name) => {
  it('loses no new connection', { timeout: 60_000 }, async ({ skip }) => {
    skipWithout(name, skip);
    const answer = await reloadUnderLoad(name, 'fresh');
    // Those that are out when the window ends are given up as time-outs.
    expectAllAnswered({ ...answer, timeouts: Math.max(0, answer.timeouts - CONNECTIONS) });
    expect(answer.requests).toBeGreaterThan(0);
  });
});

describe('cases 7.1: five reloads under four kept connections', () => {
  const total = ({ errors }: LoadAnswer) => Object.values(errors).reduce((sum, times) => sum + times, 0);

  it('haproxy asks for every new connection, and loses nothing', { timeout: 60_000 }, async ({ skip }) => {
    skipWithout('haproxy', skip);
    const answer = await reloadUnderLoad('haproxy', 'kept');
    expectAllAnswered(answer);
    expect(answer.reconnects).toEqual({ asked: expect.any(Number), idle: 0 });
    expect(answer.reconnects!.asked).toBeGreaterThan(0);
    expect(answer.reconnects!.asked).toBeLessThanOrEqual(RELOADS * CONNECTIONS);
  });

  it('nginx asks for some, and ends others under a request: no more than each connection once a reload', {
    timeout: 60_000,
  }, async ({ skip }) => {
    skipWithout('nginx', skip);
    const answer = await reloadUnderLoad('nginx', 'kept');
    expectAllAnswered({ ...answer, errors: {} });
    expect(Object.keys(answer.errors).filter((code) => !['CLOSED', 'ECONNRESET', 'EPIPE'].includes(code))).toEqual([]);
    expect(total(answer) + answer.reconnects!.asked).toBeGreaterThan(0);
    expect(total(answer) + answer.reconnects!.asked).toBeLessThanOrEqual(RELOADS * CONNECTIONS);
  });

  it('traefik, which reloads nothing, keeps all', { timeout: 60_000 }, async ({ skip }) => {
    skipWithout('traefik', skip);
    const answer = await reloadUnderLoad('traefik', 'kept');
    expectAllAnswered(answer);
    expect(answer.reconnects).toEqual({ asked: 0, idle: 0 });
  });
});

describe('nginx with its default keepalive_requests, 1,000', () => {
  it('cases 7.1: RFC 9112, 9.6: has a window with nothing lost', { timeout: 60_000 }, async ({ skip }) => {
    skipWithout('nginx', skip);
    await using echo = await startEcho({ port: 0, address: '127.0.0.2', pod: 'first', node: 'n' });
    await using proxy = await startProxy('nginx', [], undefined, 'defaults');
    await proxy.apply(objects([{ address: echo.address, port: echo.port }]));
    const url = `http://${LOOPBACK}:${proxy.port}/`;
    const answer = await runLoad(loadJob('kept', url, { durationMs: 30_000, maxRequests: 4_500 }), { signal: never });
    expectAllAnswered(answer);
    expect(answer.reconnects!.asked).toBeGreaterThanOrEqual(4);
    const checks = checkLoad(windowOf([{ host: 'here', answer, slices: [] }]), answer.durationMs);
    expect(checks.filter(({ ok, name }) => !ok && name !== 'generator-bound')).toEqual([]);
  });
});

describe.each(proxyNames)('%s in front of a pod that is gone before its endpoint is', (name) => {
  it('leaves it for the next one', { timeout: 40_000 }, async ({ skip }) => {
    skipWithout(name, skip);
    await using first = await startEcho({ port: 0, address: '127.0.0.2', pod: 'first', node: 'n' });
    const second = await startEcho({ port: first.port, address: '127.0.0.3', pod: 'second', node: 'n' });
    await using proxy = await startProxy(name);
    await proxy.apply(objects([first, second].map(({ address, port }) => ({ address, port }))));
    const stop = new AbortController();
    const loading = runLoad(
      loadJob('fresh', `http://${LOOPBACK}:${proxy.port}/`, { connections: 2, warmupMs: 0, durationMs: 30_000 }),
      { signal: stop.signal },
    );
    await answered(BETWEEN);
    await second[Symbol.asyncDispose]();
    await answered(BETWEEN);
    await proxy.apply(objects([first].map(({ address, port }) => ({ address, port }))));
    await answered(BETWEEN);
    stop.abort();
    const answer = await loading;
    // Those that are out when the window ends are given up as time-outs.
    expectAllAnswered({ ...answer, timeouts: Math.max(0, answer.timeouts - 2) });
  });
});

function expectAllAnswered({ errors, timeouts, statusCounts }: LoadAnswer): void {
  expect({ errors, timeouts, statuses: Object.keys(statusCounts).filter((status) => status !== '200') }).toEqual({
    errors: {},
    timeouts: 0,
    statuses: [],
  });
}

/** So many further requests have reached the echo servers, which are in this process. */
function answered(times: number): Promise<void> {
  return new Promise((resolve) => {
    let left = times;
    const count = () => {
      if (--left > 0) return;
      unsubscribe('http.server.request.start', count);
      resolve();
    };
    subscribe('http.server.request.start', count);
  });
}
