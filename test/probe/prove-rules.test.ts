import { expect, test } from 'vitest';
import type { Deployment } from '../../src/cluster/contract/deployment.ts';
import type { Host } from '../../src/cluster/contract/host.ts';
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
const nodes = ['one', 'two'].map((name) => host(name, { closed: 'cluster-scope-not-allowed' }));
const clients = nodes.map(({ name }) => host(`client-${name}`, { role: 'client', node: name }));
const deployment: Deployment = {
  targets: [],
  services: [nodePort],
  endpoints: [],
  clients,
  controllers: [],
  facts: {},
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

test('rules of closed nodes are unobserved, and the clients there are answered', async () => {
  const proof = await proveRules(nodes, 'nftables', deployment, sessionOf());
  expect(proof.problems).toEqual([]);
  expect(proof.unobserved).toEqual(
    ['one', 'two'].map((node) => ({ code: 'closed-node', node, because: 'cluster-scope-not-allowed' })),
  );
  const answered = { code: 'answered', service: 'default/node-port', answers: 5, sent: 5, pods: ['echo-a'] };
  expect(proof.evidence).toMatchObject(['one', 'two'].map((node) => ({ ...answered, node })));
});

test('a client on such a node that gets no answer is a failure, and the node is named', async () => {
  const { problems } = await proveRules(nodes, 'nftables', deployment, sessionOf(clients[1]), 0);
  expect(problems).toMatchObject([{ code: 'no-answer', node: 'two', failed: 5, errors: ['ECONNREFUSED'] }]);
});

test('a client on such a node asks again while kube-proxy may still be writing its rules', async () => {
  const { problems } = await proveRules(nodes, 'nftables', deployment, sessionOf(clients[1], 2), 10_000);
  expect(problems).toEqual([]);
});
