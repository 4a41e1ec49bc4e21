import { expect, it } from 'vitest';
import { proxyNames } from '../../src/ingress/proxy.ts';
import { startEcho } from '../../src/workload/echo-server.ts';
import { asking } from '../ingress/asking.ts';
import { ingress, service, slice } from '../ingress/objects.ts';
import { LOOPBACK, skipWithout, startProxy } from '../ingress/real-proxy.ts';

// The way of a pod, where controller and proxy share a folder and signals, and the controller cannot run the proxy's own check.

it.for(proxyNames)(
  'cases 6: %s gets all but the Ingress that it refuses, from its first start on and in a reload',
  async (name, { skip }) => {
    skipWithout(name, skip);
    await using red = await startEcho({ port: 0, address: LOOPBACK, pod: 'red-0', node: 'n' });
    // A defect of the renderer that nobody knows of yet.
    const spoil = (text: string) => (/bad\d?\.example/.test(text) ? text.replace('\n', '\nno such word\n') : text);
    await using proxy = await startProxy(name, [], { deadlineMs: 2_000, spoil });
    const apply = (hosts: readonly string[]) =>
      proxy.apply({
        ingresses: hosts.map((host) => ingress(host, { [`${host}.example`]: [['/', 'Prefix', 'red']] })),
        classes: [],
        services: [service('red')],
        endpointSlices: [slice('red', [{ address: LOOPBACK, port: red.port }])],
      });
    const served = async (host: string) => (await asking(proxy.port)(`${host}.example`, '/')).service ?? 'nobody';

    const first = await apply(['a', 'bad', 'c']);
    expect(first?.problems).toMatchObject([{ kind: 'refused', ingress: 'shop/bad' }]);
    expect(await Promise.all(['a', 'bad', 'c'].map(served))).toEqual(['red', 'nobody', 'red']);

    const second = await apply(['a', 'bad', 'bad2', 'd']);
    expect(second?.problems).toMatchObject([{ ingress: 'shop/bad' }, { ingress: 'shop/bad2' }]);
    expect(await Promise.all(['a', 'c', 'd'].map(served))).toEqual(['red', 'nobody', 'red']);
  },
);
