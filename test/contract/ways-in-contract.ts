import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deployment, Target } from '../../src/cluster/contract/deployment.ts';
import type { Cluster, Limits, ProxyMode } from '../../src/cluster/contract/provider.ts';
import { type Topology, topologyKeys, topologyName } from '../../src/cluster/contract/topology.ts';
import { connections, release } from '../../src/probe/connections.ts';
import { loadRequest } from '../../src/probe/measure-load.ts';
import { provePath } from '../../src/probe/prove-path.ts';
import { silentProgress } from '../../src/progress/silent-progress.ts';
import { type SessionPool, sessionPool } from '../../src/run/sessions.ts';
import { obstacleWords } from '../../src/words/obstacle.ts';
import type { Contract } from './provider-contract.ts';

const nginx = { entry: 'ingress', controller: 'nginx', placement: 'daemonset' } as const;
const haproxy = { entry: 'ingress', controller: 'haproxy', placement: { replicas: 2 } } as const;
const traefik = { entry: 'ingress', controller: 'traefik', placement: { replicas: 2 } } as const;

/** One of each kind of way in, all in one deployment: a lab's cells are measured in turn on one cluster. */
export const WAYS: readonly Topology[] = [
  { entry: 'host-port' },
  { entry: 'node-port', trafficPolicy: 'cluster' },
  { entry: 'load-balancer', announce: 'l2', trafficPolicy: 'cluster' },
  { entry: 'load-balancer', announce: 'l2', trafficPolicy: 'local' },
  { entry: 'load-balancer', announce: 'bgp', trafficPolicy: 'cluster' },
  { entry: 'load-balancer', announce: 'bgp', trafficPolicy: 'local' },
  { ...nginx, exposure: { entry: 'host-port' } },
  { ...nginx, exposure: { entry: 'load-balancer', announce: 'bgp', trafficPolicy: 'cluster' } },
  { ...haproxy, exposure: { entry: 'load-balancer', announce: 'l2', trafficPolicy: 'cluster' } },
  { ...traefik, exposure: { entry: 'load-balancer', announce: 'l2', trafficPolicy: 'local' } },
  { ...traefik, exposure: { entry: 'node-port', trafficPolicy: 'cluster' } },
];

const CONNECTIONS = 8;

/** Whether the pods see the client's own address, behind a proxy in X-Forwarded-For. The process of mode userspace knows no policies. */
function survives(way: Topology, mode: ProxyMode): boolean {
  const exposure = way.entry === 'ingress' ? way.exposure : way;
  if (exposure.entry === 'node-port' || exposure.entry === 'load-balancer')
    return exposure.trafficPolicy === 'local' && mode !== 'userspace';
  return exposure.entry === 'host-port';
}

/** Every way in that a provider offers, held against a real cluster; what its limits rule out is skipped with the reason. */
export function waysInContract({ provider, spec }: Contract): void {
  describe(`${provider.name}, ${spec.proxyMode}${spec.iptablesBackend ? ` (${spec.iptablesBackend})` : ''}: ways in`, () => {
    const stop = new AbortController();
    let limits: Limits;
    let directory: string;
    let cluster: Cluster;
    let deployment: Deployment;
    let sessions: SessionPool;
    const obstacle = (way: Topology) => topologyKeys(way).flatMap((key) => limits.topologies[key] ?? [])[0];
    const targetsOf = (way: Topology) =>
      deployment.targets.filter(({ topology, vantage }) => topologyName(topology) === topologyName(way) && vantage === 'outside');

    beforeAll(async () => {
      limits = await provider.inspect();
      directory = await mkdtemp(join(tmpdir(), 'trafficlab-contract-'));
      const context = {
        directory,
        signal: stop.signal,
        progress: silentProgress,
        keep: false,
        reuse: false,
        phase: <T>(_name: string, work: () => Promise<T>) => work(),
      };
      cluster = await provider.create({ ...spec, id: 'ways', provider: provider.name }, context);
      sessions = sessionPool(stop.signal);
      const offered = WAYS.filter((way) => !obstacle(way));
      deployment = await cluster.deploy({ replicas: spec.workers }, offered, context);
    });

    afterAll(async () => {
      await sessions?.[Symbol.asyncDispose]();
      await cluster?.[Symbol.asyncDispose]();
      if (directory) await rm(directory, { recursive: true, force: true });
    });

    describe.each(WAYS.map((way) => [topologyName(way), way] as const))('%s', (_name, way) => {
      test('is answered by the echo pods, which see the client as they should', async ({ skip }) => {
        const missing = obstacle(way);
        if (missing) skip(obstacleWords(missing).reason);
        const targets = targetsOf(way);
        expect(targets).toHaveLength(1);
        for (const target of targets) {
          const session = await sessions.get(target.from[0]);
          const { echoes, unanswered } = await connections(session, target.url, CONNECTIONS);
          await release(session);
          expect(unanswered, target.url).toEqual([]);
          const pods = deployment.endpoints.map(({ pod }) => pod);
          for (const { pod } of echoes) expect(pods).toContain(pod);
          const client = target.from[0].address;
          for (const { remoteAddress, forwardedFor } of echoes)
            if (survives(way, spec.proxyMode)) expect(forwardedFor ?? remoteAddress).toContain(client);
            else expect(forwardedFor ?? remoteAddress).not.toContain(client);
        }
      });

      test('is proven hop by hop', async ({ skip }) => {
        const missing = obstacle(way);
        if (missing) skip(obstacleWords(missing).reason);
        const nodes = cluster.hosts.filter(({ role }) => role === 'control-plane' || role === 'worker');
        for (const target of targetsOf(way)) {
          const proof = await provePath(nodes, spec.proxyMode, deployment, target, sessions.get);
          expect(proof.problems, target.url).toEqual([]);
          expect(proof.hops.length).toBeGreaterThan(2);
        }
      });

      test('carries load in both series without errors', async ({ skip }) => {
        const missing = obstacle(way);
        if (missing) skip(obstacleWords(missing).reason);
        for (const target of targetsOf(way)) await carriesLoad(target);
      });
    });

    async function carriesLoad(target: Target): Promise<void> {
      const session = await sessions.get(target.from[0]);
      for (const series of ['keep-alive', 'new-connection'] as const) {
        const times = { warmupMs: 50, durationMs: 200, maxRequests: 100_000, timeoutMs: 2_000 };
        const answer = await session.run(loadRequest({ url: target.url }, series, { connections: 2, ...times }));
        expect(answer.errors, target.url).toEqual({});
        expect(answer.timeouts).toBe(0);
        expect(Object.keys(answer.statusCounts)).toEqual(['200']);
        expect(answer.requests).toBeGreaterThan(0); // how many is no matter of a contract
      }
    }
  });
}
