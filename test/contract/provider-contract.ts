import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deployment, ServiceRef } from '../../src/cluster/deployment.ts';
import type { Host } from '../../src/cluster/host.ts';
import type { Cluster, ClusterProvider, ClusterSpec, ProxyMode, RunContext } from '../../src/cluster/provider.ts';
import { iptablesChains, nftablesChains } from '../../src/cluster/proxy-names.ts';
import { provePath } from '../../src/probe/prove-path.ts';
import { proveRules } from '../../src/probe/prove-rules.ts';
import { silentProgress } from '../../src/progress.ts';
import { type SessionPool, sessionPool } from '../../src/run/sessions.ts';

export interface Contract {
  readonly provider: ClusterProvider;
  readonly spec: Omit<ClusterSpec, 'id' | 'provider'>;
}

/** What every provider must do, held against real clusters; it names no provider. */
export function providerContract({ provider, spec }: Contract): void {
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
      expect(proof.failures).toEqual([]);
      expect(proof.nodes.map(({ node }) => node).sort()).toEqual(
        nodes()
          .map(({ name }) => name)
          .sort(),
      );
      for (const { evidence } of proof.nodes) expect(evidence.length).toBeGreaterThan(0);
    });

    test('proves the rules of each Service on every node by counting new connections', async () => {
      const proof = await proveRules(nodes(), mode, deployment, sessions.get);
      expect(proof.failures).toEqual([]);
      expect(proof.nodes).toHaveLength(spec.workers + 1);
    });

    test('proves the path of every target, hop by hop', async () => {
      expect(deployment.targets.map(({ topology, vantage }) => `${topology.entry} ${vantage}`)).toEqual(
        expect.arrayContaining(['pod pod', 'cluster-ip pod', 'node-port pod', 'node-port outside']),
      );
      for (const target of deployment.targets) {
        const proof = await provePath(nodes(), mode, deployment, target, sessions.get);
        expect(proof.failures, target.url).toEqual([]);
        expect(proof.hops.length).toBe(target.service ? 3 : 2);
      }
    });

    test('carries load in both series without errors', async () => {
      for (const target of deployment.targets) {
        const session = await sessions.get(target.from);
        for (const kind of ['keep-alive', 'new-connection'] as const) {
          const job = {
            kind,
            url: target.url,
            connections: 2,
            warmupMs: 50,
            durationMs: 200,
            maxRequests: 100_000,
            timeoutMs: 2_000,
          };
          const answer = await session.run(job);
          expect(answer.errors).toEqual({});
          expect(answer.timeouts).toBe(0);
          expect(Object.keys(answer.statusCounts)).toEqual(['200']);
          expect(answer.requests).toBeGreaterThan(10);
        }
      }
    });

    test('notices when one node loses the rules of a Service, and names the node', async () => {
      const victim = nodes().at(-1)!;
      await breakRules(victim, mode, deployment.services[0]!);
      const proof = await proveRules(nodes(), mode, deployment, sessions.get);
      expect(proof.failures.length).toBeGreaterThan(0);
      for (const failure of proof.failures) expect(failure).toContain(victim.name);
    });
  });
}

/** Deletes one Service's own rules on one node by hand, as a broken kube-proxy might. */
async function breakRules(node: Host, mode: ProxyMode, service: ServiceRef): Promise<void> {
  const address = `${service.clusterIP}:${service.port}`;
  switch (mode) {
    case 'iptables':
      await node.exec([await backend(node), '-t', 'nat', '-F', iptablesChains(service).service]);
      return;
    case 'nftables':
      await node.exec([
        'nft',
        'delete',
        'element',
        'ip',
        'kube-proxy',
        'service-ips',
        `{ ${service.clusterIP} . tcp . ${service.port} : goto ${nftablesChains(service).service} }`,
      ]);
      return;
    case 'ipvs':
      await node.exec(['ipvsadm', '-D', '-t', address]);
      return;
    default:
      await node.exec([await backend(node), '-t', 'nat', '-F', 'KUBE-PORTALS-CONTAINER']);
  }
}

/** The iptables command whose nat table holds kube-proxy's chains on this node. */
async function backend(node: Host): Promise<string> {
  for (const command of ['iptables', 'iptables-legacy', 'iptables-nft']) {
    const { stdout } = await node.exec([command, '-t', 'nat', '-S'], { accept: 'any' });
    if (/KUBE-(SERVICES|PORTALS)/.test(stdout)) return command;
  }
  throw new Error(`no iptables command of ${node.name} shows kube-proxy's chains`);
}
