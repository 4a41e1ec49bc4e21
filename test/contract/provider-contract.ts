import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deployment, Target } from '../../src/cluster/contract/deployment.ts';
import type { Cluster, ClusterProvider, ClusterSpec, RunContext } from '../../src/cluster/contract/provider.ts';
import { topologyName } from '../../src/cluster/contract/topology.ts';
import { iptablesChains, nftablesChains } from '../../src/cluster/kernel/kube-proxy-names.ts';
import { loadRequest } from '../../src/probe/measure-load.ts';
import { provePath } from '../../src/probe/prove-path.ts';
import { proveRules } from '../../src/probe/prove-rules.ts';
import { silentProgress } from '../../src/progress/silent-progress.ts';
import type { Look } from '../../src/proof/look.ts';
import { type SessionPool, sessionPool } from '../../src/run/sessions.ts';
import { breakRules, dropEndpoint } from './break-rules.ts';

export interface Contract {
  readonly provider: ClusterProvider;
  readonly spec: Omit<ClusterSpec, 'id' | 'provider'>;
  /** How long rules that were deleted are waited for; absent: as a run does. */
  readonly settleMs?: number;
}

/** The nodes of which a proof has evidence. */
const seenNodes = ({ evidence }: Look): string[] =>
  [...new Set(evidence.flatMap((one) => ('node' in one ? (one.node ?? []) : [])))].sort();

/** What every provider must do, held against real clusters; it names no provider. */
export function providerContract({ provider, spec, settleMs }: Contract): void {
  describe(`${provider.name}, ${spec.proxyMode}${spec.iptablesBackend ? ` (${spec.iptablesBackend})` : ''}`, () => {
    const { proxyMode: mode } = spec;
    const stop = new AbortController();
    let directory: string;
    let cluster: Cluster;
    let deployment: Deployment;
    let sessions: SessionPool;
    const nodes = () => cluster.hosts.filter(({ role }) => role === 'control-plane' || role === 'worker');

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'trafficlab-contract-'));
      const context: RunContext = {
        directory,
        signal: stop.signal,
        progress: silentProgress,
        keep: false,
        reuse: false,
        phase: (_name, work) => work(),
      };
      cluster = await provider.create({ ...spec, id: 'contract', provider: provider.name }, context);
      sessions = sessionPool(stop.signal);
      deployment = await cluster.deploy(
        { replicas: 4 },
        [
          { entry: 'pod' },
          { entry: 'cluster-ip' },
          { entry: 'node-port', trafficPolicy: 'cluster' },
          { entry: 'node-port', trafficPolicy: 'local' },
          { entry: 'cluster-ip', internalTrafficPolicy: 'local' },
          { entry: 'cluster-ip', sessionAffinity: 'client-ip' },
          { entry: 'node-port', trafficPolicy: 'cluster', sessionAffinity: 'client-ip' },
        ],
        context,
      );
    });

    afterAll(async () => {
      await sessions?.[Symbol.asyncDispose]();
      await cluster?.[Symbol.asyncDispose]();
      if (directory) await rm(directory, { recursive: true, force: true });
    });

    test('says what it cannot do as data, and what its families hold', async () => {
      const limits = await provider.inspect();
      expect(limits.provider).toBeUndefined();
      expect(limits.families.flatMap(({ members }) => members.map(({ proxyMode }) => proxyMode))).toContain(mode);
    });

    test('has a control plane, the workers asked for, and a client outside', () => {
      expect(cluster.hosts.filter(({ role }) => role === 'control-plane')).toHaveLength(1);
      expect(cluster.hosts.filter(({ role }) => role === 'worker')).toHaveLength(spec.workers);
      expect(cluster.hosts.filter(({ role, node }) => role === 'client' && node === undefined)).toHaveLength(1);
      for (const host of cluster.hosts) expect(host.address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    });

    test('states what it observed', () => {
      expect(cluster.facts.provider).toBe(provider.name);
      expect(cluster.facts.kernel).toMatch(/^\d+\.\d+/);
      if (mode === 'iptables') expect(cluster.facts.iptablesBackend).toMatch(/^(legacy|nf_tables)$/);
    });

    test('runs commands on every kind of host', async () => {
      for (const host of [...cluster.hosts, ...deployment.clients]) {
        const own = await host.inNetwork(['ip', '-4', '-oneline', 'address', 'show', 'scope', 'global']);
        expect(own.stdout).toContain(`${host.address}/`);
        if (!host.agent) continue;
        const [program = ''] = host.agent;
        const answer = await host.exec([program, '-e', 'console.log("out"); console.error("err"); process.exit(3)'], {
          accept: [3],
        });
        expect(answer).toMatchObject({ exitCode: 3, stdout: 'out', stderr: 'err' });
        await expect(host.exec([program, '-e', 'process.exit(4)'])).rejects.toThrow(/exit code 4/);
        const lines: string[] = [];
        for await (const line of host.lines([program, '-e', 'console.log("a\\nb")'])) lines.push(line);
        expect(lines).toEqual(['a', 'b']);
      }
    });

    test('has a client on every node, and echo pods on more than one', () => {
      expect(deployment.clients.map(({ node }) => node).sort()).toEqual(
        nodes()
          .map(({ name }) => name)
          .sort(),
      );
      expect(deployment.endpoints).toHaveLength(4);
      expect(new Set(deployment.endpoints.map(({ node }) => node)).size).toBeGreaterThan(Math.min(1, spec.workers - 1));
    });

    test('proves its mode on every node', async () => {
      const proof = await cluster.proveMode();
      expect(proof.problems).toEqual([]);
      expect(seenNodes(proof)).toEqual(
        nodes()
          .map(({ name }) => name)
          .sort(),
      );
    });

    test('proves the rules of each Service on every node by counting new connections', async () => {
      const proof = await proveRules(nodes(), mode, deployment, sessions.get);
      expect(proof.problems).toEqual([]);
      expect(seenNodes(proof)).toHaveLength(spec.workers + 1);
    });

    test('proves the path of every target, hop by hop', async () => {
      expect(deployment.targets.map(({ topology, vantage }) => `${topology.entry} ${vantage}`)).toEqual(
        expect.arrayContaining(['pod pod', 'cluster-ip pod', 'node-port pod', 'node-port outside']),
      );
      for (const target of deployment.targets) {
        const proof = await provePath(nodes(), mode, deployment, target, sessions.get);
        expect(proof.problems, target.url).toEqual([]);
        expect(proof.hops.length).toBe(target.service ? 3 : 2);
      }
    });

    const targetOf = (name: string, vantage: Target['vantage']): Target =>
      deployment.targets.find((one) => topologyName(one.topology) === name && one.vantage === vantage)!;
    const proveTarget = (target: Target) => provePath(nodes(), mode, deployment, target, sessions.get);

    test('cases 3: a path proof names what its connections went through, and counts the endpoints that they reached', async () => {
      for (const target of deployment.targets) {
        const { objects = [], endpoints = [] } = await proveTarget(target);
        expect(endpoints.reduce((sum, { connections }) => sum + connections, 0)).toBeGreaterThanOrEqual(12);
        for (const { pod } of endpoints) expect(deployment.endpoints.map((one) => one.pod)).toContain(pod);
        if (!target.service) continue;
        expect(objects.length, target.url).toBeGreaterThan(0);
        for (const { node, moved } of objects) {
          expect(node).toBe(target.entryNode);
          expect(moved).toBeGreaterThan(0);
        }
      }
    });

    test('cases 3: a NodePort with policy Local goes through a chain or virtual server of its own, to pods of its node only', async () => {
      const target = targetOf('node-port-local', 'outside');
      const { objects = [], endpoints = [] } = await proveTarget(target);
      const { service, entryNode, url } = target;
      const own = {
        iptables: iptablesChains(service!).local,
        nftables: nftablesChains(service!).local,
        ipvs: new URL(url).host,
        userspace: undefined,
        none: undefined,
      }[mode];
      if (own === undefined) return; // mode userspace knows no policies
      // Nothing is traced on the nodes of others; there connection tracking names the way in.
      const traced = mode !== 'nftables' || nodes().find(({ name }) => name === entryNode)?.ownNode;
      const moved = traced ? { name: own, moved: 12 } : { name: new URL(url).host, kind: 'tracked-connections', moved: 12 };
      expect(objects).toContainEqual(expect.objectContaining(moved));
      const other = [iptablesChains(service!).service, nftablesChains(service!).service];
      expect(objects.filter(({ name }) => other.includes(name))).toEqual([]);
      const local = deployment.endpoints.filter(({ node }) => node === entryNode).map(({ pod }) => pod);
      expect(endpoints.map(({ pod }) => pod).sort()).toEqual(local.sort());
    });

    test('cases 3: session affinity leads all connections of a client to one endpoint', async () => {
      for (const target of [targetOf('cluster-ip-affinity', 'pod'), targetOf('node-port-affinity', 'outside')]) {
        const { endpoints, problems } = await proveTarget(target);
        expect(problems).toEqual([]);
        expect(endpoints).toHaveLength(1);
      }
    });

    test('internalTrafficPolicy Local: the client is beside a pod, and pods of its node answer', async () => {
      if (mode === 'userspace') return; // it knows no policies
      const target = targetOf('cluster-ip-local', 'pod');
      const { endpoints = [] } = await proveTarget(target);
      expect(target.from[0].node).toBe(target.entryNode);
      expect(new Set(endpoints.map(({ node }) => node))).toEqual(new Set([target.entryNode]));
    });

    test('carries load in both series without errors', async () => {
      for (const target of deployment.targets) {
        const session = await sessions.get(target.from[0]);
        for (const series of ['keep-alive', 'new-connection'] as const) {
          // on a busy machine a shorter window may end before the requests that are asked for below
          const times = { warmupMs: 50, durationMs: 500, maxRequests: 100_000, timeoutMs: 2_000 };
          const answer = await session.run(loadRequest({ url: target.url }, series, { connections: 2, ...times }));
          expect(answer.errors).toEqual({});
          expect(answer.timeouts).toBe(0);
          expect(answer.requests).toBeGreaterThan(10);
          expect(answer.statusCounts).toEqual({ 200: answer.requests });
        }
      }
    });

    test('notices when one node loses the rules of a Service, and names the node', async () => {
      const victim = nodes().at(-1)!;
      await breakRules(victim, mode, deployment.services[0]!);
      const proof = await proveRules(nodes(), mode, deployment, sessions.get, settleMs);
      expect(proof.problems.length).toBeGreaterThan(0);
      for (const problem of proof.problems) expect(problem).toMatchObject({ node: victim.name });
    });

    test("cases 3: notices when one endpoint's rule is deleted by hand, and names node, Service, chain and endpoint", async () => {
      if (mode === 'userspace') return; // no rule leads to an endpoint
      const target = targetOf('node-port-local', 'outside');
      const { service, entryNode } = target;
      const node = nodes().find(({ name }) => name === entryNode)!;
      const [, endpoint] = deployment.endpoints.filter((one) => one.node === entryNode);
      const object = await dropEndpoint(node, mode, service!, endpoint!);
      const { problems } = await proveTarget(target);
      const place = { node: entryNode, service: `${service!.namespace}/${service!.name}` };
      expect(problems).toContainEqual({ code: 'endpoint-without-rule', ...place, object, endpoint });
    });

    test('looks at its carriers, performs "serve-by", and refuses what its limits name', async () => {
      const { samples, unknown } = await cluster.carriers();
      const names = nodes().map(({ name }) => name);
      for (const { node } of [...samples, ...unknown]) expect(names).toContain(node);
      const all = deployment.endpoints.map(({ pod }) => pod);
      const [first = '', ...others] = all;
      const { begunNs, doneNs, evidence } = await cluster.perform({ kind: 'serve-by', pods: [first] });
      expect(doneNs).toBeGreaterThan(begunNs);
      expect(deployment.serving?.()).toEqual([first]);
      expect(evidence.filter(({ code }) => code === 'pod-serves-not').map(({ pod }) => pod)).toEqual(others);
      await cluster.perform({ kind: 'serve-by', pods: all });
      expect(deployment.serving?.()).toEqual(all);
      const { events } = await provider.inspect();
      expect(events['serve-by']).toBeUndefined();
      for (const event of [
        { kind: 'kill', node: '' },
        { kind: 'drain', node: '' },
      ] as const) {
        expect(events[event.kind]?.code).toMatch(/^event-/);
        await expect(cluster.perform(event)).rejects.toThrow(event.kind);
      }
    });
  });
}
