import { afterAll, describe, expect, it } from 'vitest';
import { controllers } from '../../src/cluster/contract/topology.ts';
import { startEcho } from '../../src/workload/echo-server.ts';
import { asking } from './asking.ts';
import {
  type conformanceServices,
  conformanceSets,
  conformanceTable,
  type Outcome,
  runConformance,
  servicesOf,
} from './conformance.ts';
import { slice } from './objects.ts';
import { CLASS, LOOPBACK, skipWithout, startProxy } from './real-proxy.ts';

const NAMESPACE = 'shop';

const startService = (service: (typeof conformanceServices)[number]) =>
  startEcho({ port: 0, address: LOOPBACK, pod: `${service}-0`, node: 'n' });

const table: Record<string, readonly Outcome[]> = {};
afterAll(() => {
  if (process.env.TRAFFICLAB_CONFORMANCE) console.log(conformanceTable(table));
});

describe.each(controllers)('the Ingress rules, by %s', (name) => {
  it('are honoured', { timeout: 60_000 }, async ({ skip }) => {
    skipWithout(name, skip);
    await using red = await startService('red');
    await using green = await startService('green');
    await using blue = await startService('blue');
    await using proxy = await startProxy(name);
    const endpointSlices = Object.entries({ red, green, blue }).map(([service, { port }]) =>
      slice(service, [{ address: LOOPBACK, port }]),
    );
    const apply = (ingresses: Parameters<typeof proxy.apply>[0]['ingresses']) =>
      proxy.apply({ ingresses, classes: [], services: servicesOf(NAMESPACE), endpointSlices });
    const outcomes = await runConformance(conformanceSets(NAMESPACE, CLASS), apply, asking(proxy.port));
    table[name] = outcomes;
    expect(outcomes.filter(({ failures }) => failures.length > 0)).toEqual([]);
  });
});

describe('runConformance', () => {
  it('tells what a controller does wrong that sends all to one Service, and prints it under the table', async () => {
    const sets = conformanceSets(NAMESPACE, CLASS);
    const outcomes = await runConformance(
      sets,
      async () => {},
      async () => ({ status: 200, service: 'red' }),
    );
    const wrong = outcomes.filter(({ failures }) => failures.length > 0).map(({ rule }) => rule);
    expect(wrong).toHaveLength(outcomes.length - 1); // "host: with a port, in capitals" cannot be got wrong by it
    const text = conformanceTable({ all: outcomes });
    expect(text).toContain('| Exact before Prefix | no |');
    expect(text).toContain('- all, Exact before Prefix: both.conformance.test/foo: red, not green');
  });
});
