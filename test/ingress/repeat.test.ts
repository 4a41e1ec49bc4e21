import { once } from 'node:events';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { BackendEndpoint } from '../../src/ingress/model.ts';
import { proxyNames } from '../../src/ingress/proxy.ts';
import { startFaultServer } from '../load/fault-server.ts';
import { ingress, service, slice } from './objects.ts';
import { LOOPBACK, skipWithout, startProxy } from './real-proxy.ts';

/** One request over a connection of its own; the status of its answer. */
async function send(port: number, method: string): Promise<number | undefined> {
  const sent = request({ host: LOOPBACK, port, path: '/', method, agent: false });
  sent.end(method === 'POST' ? 'once' : undefined);
  const [response] = await once(sent, 'response');
  return response.resume().statusCode;
}

/** Each endpoint in a slice of its own, with its own port. */
const objects = (endpoints: readonly BackendEndpoint[]) => ({
  ingresses: [ingress('shop', { '': [['/', 'Prefix', 'echo']] })],
  classes: [],
  services: [service('echo')],
  endpointSlices: endpoints.map((endpoint) => slice('echo', [endpoint])),
});
const endpointOf = ({ url }: { readonly url: string }): BackendEndpoint => ({
  address: LOOPBACK,
  port: Number(new URL(url).port),
});

describe.each(proxyNames)('%s', (name) => {
  it('sends no POST twice that a pod has taken, where a GET is sent again', async ({ skip }) => {
    skipWithout(name, skip);
    await using first = await startFaultServer(() => 'reset');
    await using second = await startFaultServer(() => 'reset');
    await using proxy = await startProxy(name);
    await proxy.apply(objects([first, second].map(endpointOf)));
    expect(await send(proxy.port, 'POST')).toBe(502);
    expect(first.requests + second.requests).toBe(1);
    expect(await send(proxy.port, 'GET')).toBe(502);
    expect(first.requests + second.requests).toBeGreaterThan(2);
  });

  it('takes another endpoint for a POST where the first cannot be reached', async ({ skip }) => {
    skipWithout(name, skip);
    await using pod = await startFaultServer(() => 'answer');
    await using proxy = await startProxy(name);
    const here = endpointOf(pod);
    await proxy.apply(objects([here, { ...here, address: '127.0.0.9' }]));
    const statuses = [];
    for (let nth = 0; nth < 4; nth++) statuses.push(await send(proxy.port, 'POST'));
    expect(statuses).toEqual([200, 200, 200, 200]);
    expect(pod.requests).toBe(4);
  });
});
