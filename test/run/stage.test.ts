import { expect, test } from 'vitest';
import type { Deployment, Target } from '../../src/cluster/contract/deployment.ts';
import type { Host } from '../../src/cluster/contract/host.ts';
import type { Cluster } from '../../src/cluster/contract/provider.ts';
import type { Scenario } from '../../src/lab/plan.ts';
import type { LoadSession } from '../../src/load/session.ts';
import type { FamilyRun } from '../../src/run/family-run.ts';
import type { Event } from '../../src/run/recorder.ts';
import { proveStill } from '../../src/run/stage.ts';

const client: Host = {
  name: 'outside',
  role: 'client',
  address: '172.18.0.5',
  exec: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
  inNetwork: async () => ({ exitCode: 0, stdout: '', stderr: '' }),
  async *lines() {},
};
const session: LoadSession = {
  host: client,
  run: (async ({ kind }: { kind: string }) => ({ id: 1, kind, connections: [] })) as LoadSession['run'],
  [Symbol.asyncDispose]: async () => {},
};
const deployment: Deployment = {
  targets: [],
  services: [],
  endpoints: [],
  clients: [],
  controllers: [],
  facts: {},
  [Symbol.asyncDispose]: async () => {},
};
const cluster = { spec: { id: 'nftables', proxyMode: 'none' }, hosts: [client] } as unknown as Cluster;
const scenario = (id: string, topology: Scenario['topology']): Scenario => ({
  id,
  cluster: 'nftables',
  mode: 'nftables',
  topology,
  vantage: 'outside',
});
const target = (topology: Scenario['topology']): Target => ({
  url: 'http://172.18.0.3:80/',
  from: [client],
  vantage: 'outside',
  topology,
  entryNode: 'worker',
});

test('a way in that has gone while load ran is no longer proven at the end; the pod itself is not asked again', async () => {
  const [pod, hostPort] = [scenario('pod', { entry: 'pod' }), scenario('host-port', { entry: 'host-port' })];
  const measurable = new Map([pod, hostPort].map(({ id, topology }) => [id, target(topology)]));
  const events: Event[] = [];
  const log = { record: async (event: Event) => void events.push(event), unproven: [] };
  const sessions = { get: async () => session, [Symbol.asyncDispose]: async () => {} };
  const run = { family: { scenarios: [pod, hostPort] }, sessions, log } as unknown as FamilyRun;
  await proveStill(run, { cluster, deployment, measurable });
  expect(events).toMatchObject([
    { type: 'proof', subject: 'rules' },
    {
      type: 'proof',
      subject: 'path',
      scenario: 'host-port',
      proven: false,
      problems: [{ code: 'no-host-port-pod', node: 'worker' }],
    },
  ]);
});

test('what nobody could look at is recorded as not proven with its reason, and is no problem', async () => {
  const worker: Host = { ...client, name: 'worker', role: 'worker', closed: 'cluster-scope-not-allowed' };
  const inside: Host = { ...client, name: 'inside', node: 'worker' };
  const closed = { spec: cluster.spec, hosts: [worker, client] } as unknown as Cluster;
  const events: Event[] = [];
  const log = { record: async (event: Event) => void events.push(event), unproven: [] };
  const sessions = { get: async () => session, [Symbol.asyncDispose]: async () => {} };
  const stage = { cluster: closed, deployment: { ...deployment, clients: [inside] }, measurable: new Map<string, Target>() };
  await proveStill({ family: { scenarios: [] }, sessions, log } as unknown as FamilyRun, stage);
  expect(events).toMatchObject([
    { subject: 'rules', proven: false, problems: [], unobserved: [{ code: 'closed-node', node: 'worker' }] },
  ]);
});
