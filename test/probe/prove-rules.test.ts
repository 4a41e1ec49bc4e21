import { expect, test } from 'vitest';
import type { Deployment } from '../../src/cluster/deployment.ts';
import type { Host } from '../../src/cluster/host.ts';
import type { LoadSession } from '../../src/load/session.ts';
import { proveRules } from '../../src/probe/prove-rules.ts';
import { nodePort } from './recorded-rules.ts';

const refuse = () => Promise.reject(new Error('a command ran on a node that is closed'));
const host = (name: string, more: Partial<Host>): Host => ({
  name,
  role: 'worker',
  address: '172.18.0.3',
  exec: refuse,
  inNetwork: refuse,
  async *lines() {},
  ...more,
});
const nodes = ['one', 'two'].map((name) => host(name, { unobservable: 'closed' }));
const clients = nodes.map(({ name }) => host(`client-${name}`, { role: 'client', node: name }));
const deployment: Deployment = {
  targets: [],
  services: [nodePort],
  endpoints: [],
  clients,
  controllers: [],
  facts: {},
  serveBy: async () => {},
  [Symbol.asyncDispose]: async () => {},
};
/** @param silent the client that gets no answer; @param until the so-many-th time that it asks. */
const sessionOf = (silent?: Host, until = Number.POSITIVE_INFINITY) => {
  let asked = 0;
  return async (client: Host): Promise<LoadSession> => ({
    host: client,
    run: (async ({ kind, count = 0 }: { kind: string; count?: number }) => {
      if (client === silent && kind === 'connect') asked += 1;
      const answered = { status: 200, echo: { pod: 'echo-a', node: 'one', remoteAddress: '10.0.0.9', remotePort: 1 } };
      const each = {
        localAddress: '10.0.0.9',
        localPort: 40_001,
        ...(client === silent && asked < until ? { error: 'ECONNREFUSED' } : answered),
      };
      return { id: 1, kind, connections: Array.from({ length: count }, () => each) };
    }) as LoadSession['run'],
    [Symbol.asyncDispose]: async () => {},
  });
};

test('rules of nodes that nobody can look into are unobservable, told once, and the clients there are answered', async () => {
  const proof = await proveRules(nodes, 'nftables', deployment, sessionOf());
  expect(proof.failures).toEqual([]);
  expect(proof.unobservable).toEqual(['one, two: closed']);
  expect(proof.nodes.map(({ evidence }) => evidence)).toEqual([
    [expect.stringContaining('5 of 5 new connections answered, by echo-a')],
    [expect.stringContaining('5 of 5 new connections answered, by echo-a')],
  ]);
});

test('a client on such a node that gets no answer is a failure, and the node is named', async () => {
  const { failures } = await proveRules(nodes, 'nftables', deployment, sessionOf(clients[1]), 0);
  expect(failures).toEqual([expect.stringMatching(/^two: .*ECONNREFUSED/)]);
});

test('a client on such a node asks again while kube-proxy may still be writing its rules', async () => {
  const { failures } = await proveRules(nodes, 'nftables', deployment, sessionOf(clients[1], 2), 10_000);
  expect(failures).toEqual([]);
});
