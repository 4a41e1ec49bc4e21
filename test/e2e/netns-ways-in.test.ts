import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Deployment } from '../../src/cluster/contract/deployment.ts';
import type { Host } from '../../src/cluster/contract/host.ts';
import type { Cluster, ClusterSpec, RunContext } from '../../src/cluster/contract/provider.ts';
import type { Topology } from '../../src/cluster/contract/topology.ts';
import { startDaemon } from '../../src/cluster/fabric/daemon.ts';
import { netnsProvider } from '../../src/cluster/netns/provider.ts';
import { connections, release } from '../../src/probe/connections.ts';
import { provePath } from '../../src/probe/prove-path.ts';
import { silentProgress } from '../../src/progress/silent-progress.ts';
import { sessionPool } from '../../src/run/sessions.ts';
import { waitFor } from '../../src/waiting/wait.ts';
import { describeInSandbox } from '../support/in-sandbox.ts';
import { prepareWaysIn } from '../support/prepare-ways-in.ts';

const nginx = { entry: 'ingress', controller: 'nginx', placement: 'daemonset' } as const;
const onHost: Topology = { ...nginx, exposure: { entry: 'host-port' } };
const byBgp: Topology = { ...nginx, exposure: { entry: 'load-balancer', announce: 'bgp', trafficPolicy: 'cluster' } };
const byL2: Topology = { entry: 'load-balancer', announce: 'l2', trafficPolicy: 'local' };

await prepareWaysIn(netnsProvider());
await describeInSandbox('ways in, on namespaces', import.meta.url, () => {
  it('tells of controllers, announcements and their processes, follows endpoints, and leaves the cluster as it was', async () => {
    await using stage = await createStage({});
    const before = await lookAt(stage.cluster);
    {
      await using deployment = await stage.deploy([onHost, byBgp, byL2]);
      expect(deployment.facts).toMatchObject({
        nginx: { proxy: expect.stringMatching(/nginx/) },
        bgp: { pool: '192.168.10.0/24', clients: '192.168.11.0/24', hashPolicy: '1', announcer: expect.stringMatching(/^BIRD/) },
        l2: { leaders: { '172.18.255.224': expect.stringMatching(/worker/) } },
      });
      expect((await deployment.router!.sessions()).map(({ state }) => state)).toEqual(['Established', 'Established']);

      const cpu = async () => (await stage.cluster.carriers()).samples.reduce((sum, { cpuNs }) => sum + cpuNs, 0n);
      const { samples, unknown } = await stage.cluster.carriers();
      expect(samples.map(({ component, kind }) => [component, kind])).toEqual([
        ['nginx', 'process'],
        ['nginx', 'process'],
      ]);
      expect(unknown).toEqual([]);
      const idle = await cpu();
      const [ingress] = deployment.targets.filter(({ topology }) => topology === byBgp);
      expect(new Set(await stage.pods(ingress!.url, ingress!.from[0], 64))).toEqual(new Set(['echo-1', 'echo-2']));
      expect(await cpu()).toBeGreaterThan(idle);

      const { askedNs, begunNs, doneNs, evidence } = await stage.cluster.perform({ kind: 'serve-by', pods: ['echo-2'] });
      expect(askedNs <= begunNs && begunNs < doneNs).toBe(true);
      expect(evidence).toEqual([
        { code: 'pod-serves-not', pod: 'echo-1' },
        { code: 'pod-serves', pod: 'echo-2' },
      ]);
      for (const { url, from } of deployment.targets)
        expect(new Set(await stage.pods(url, from[0], 8)), url).toEqual(new Set(['echo-2']));
      // The reloaded proxies' old workers are counted still.
      expect(await cpu()).toBeGreaterThan(idle);
      const local = deployment.targets.find(({ topology, vantage }) => topology === byL2 && vantage === 'outside');
      const proof = await stage.prove(deployment, local!);
      expect(proof.problems).toEqual([]);
      await stage.cluster.perform({ kind: 'serve-by', pods: ['echo-1', 'echo-2'] });
      await stage.endSessions(); // a generator in a pod keeps its namespace
    }
    expect(await stage.cluster.carriers()).toEqual({ samples: [], unknown: [] });
    // The kernel takes namespaces down when it has time.
    await expect.poll(() => lookAt(stage.cluster), { timeout: 5_000 }).toEqual(before);
    // And once more: nothing of the first is in the way.
    await using again = await stage.deploy([onHost]);
    expect(await stage.pods(again.targets[0]!.url, again.targets[0]!.from[0], 1)).toHaveLength(1);
  });

  it('has a broken way in caught by the proof: a peer that is down, a hostPort that leads elsewhere', async () => {
    await using stage = await createStage({});
    await using deployment = await stage.deploy([onHost, byBgp]);
    const [bgp, host] = [byBgp, onHost].map((way) => deployment.targets.find(({ topology }) => topology === way)!);
    expect((await stage.prove(deployment, bgp!)).problems).toEqual([]);
    const victim = stage.nodes().at(-1)!;
    const pid = Number(await readFile(`/run/trafficlab-bird-${victim.name}/bird.pid`, 'utf8'));
    process.kill(pid, 'SIGTERM');
    await waitFor('the session to end', { deadlineMs: 5_000 }, async () => {
      const sessions = await deployment.router!.sessions();
      return sessions.every(({ state }) => state === 'Established') ? { seen: 'all established' } : { value: true };
    });
    expect((await stage.prove(deployment, bgp!)).problems).toContainEqual(expect.objectContaining({ node: victim.name }));

    const entry = stage.nodes().find(({ name }) => name === host!.entryNode)!;
    await entry.exec(['iptables', '-t', 'nat', '-F', 'CNI-HOSTPORT-DNAT']);
    expect((await stage.prove(deployment, host!)).problems).not.toEqual([]);
  });

  it('finds mistakes before anything is made', async () => {
    await using stage = await createStage({ addressPool: '10.1.0.0/24' });
    const before = await lookAt(stage.cluster);
    await expect(stage.deploy([byL2])).rejects.toThrow(/10\.1\.0\.0\/24 is outside the cluster's network/);
    const crowd: Topology = { ...nginx, placement: { replicas: 3 }, exposure: { entry: 'host-port' } };
    await expect(stage.deploy([crowd])).rejects.toThrow(/0\/3 nodes are available: .*didn't have free ports/);
    const [, worker] = stage.nodes();
    {
      await using _listener = startDaemon(worker!, [process.execPath, '-e', "require('node:http').createServer().listen(80)"]);
      await waitFor('the listener', { deadlineMs: 5_000 }, async () =>
        (await worker!.exec(['ss', '-Hltn'])).stdout.includes(':80') ? { value: true } : { seen: 'nobody' },
      );
      await expect(stage.deploy([onHost])).rejects.toThrow(
        /"(node|MainThread)" \(pid \d+\) already listens on port 80 of mistakes-worker/,
      );
    }
    expect(await lookAt(stage.cluster)).toEqual(before);
  });

  it("cases 9.10: the router's network and BGP's pool are those asked for, and one that is used is refused before anything is made", async () => {
    {
      await using stage = await createStage({ routerNetwork: '10.77.0.0/29', bgpPool: '10.78.0.0/28' });
      await using deployment = await stage.deploy([byBgp]);
      expect(deployment.facts).toMatchObject({ bgp: { pool: '10.78.0.0/28', clients: '10.77.0.0/29' } });
      const [target] = deployment.targets;
      expect([new URL(target!.url).hostname, target!.from[0].address]).toEqual(['10.78.0.1', '10.77.0.2']);
      expect((await stage.prove(deployment, target!)).problems).toEqual([]);
    }
    await using stage = await createStage({ bgpPool: '10.96.7.0/24' });
    const before = await lookAt(stage.cluster);
    await expect(stage.deploy([byBgp])).rejects.toThrow(
      "cluster.bgpPool 10.96.7.0/24 overlaps 10.96.0.0/16, which is the Services' network",
    );
    expect(await lookAt(stage.cluster)).toEqual(before);
  });

  it('says which addresses are exhausted', async () => {
    await using stage = await createStage({ addressPool: '172.18.200.1/32' });
    const both: Topology[] = [byL2, { ...byL2, trafficPolicy: 'cluster' }];
    await expect(stage.deploy(both)).rejects.toThrow(/exhausted: it has 1 addresses for 2 LoadBalancers/);
  });
});

/** What deploying changes on the nodes. */
async function lookAt(cluster: Cluster): Promise<string[]> {
  const looks = [
    ['iptables-save', '-t', 'nat'],
    ['ip', 'route'],
    ['ip', 'neigh', 'show', 'proxy'],
    ['ip', '-o', 'link'],
  ];
  const nodes = cluster.hosts.filter(({ role }) => role !== 'client');
  const texts = await Promise.all(nodes.flatMap((node) => looks.map(async (look) => (await node.exec(look)).stdout)));
  return texts.map((text) => text.replace(/^#.*$|\[\d+:\d+\]/gm, ''));
}

async function createStage(asked: Partial<ClusterSpec>) {
  const directory = await mkdtemp(join(tmpdir(), 'trafficlab-ways-'));
  const stop = new AbortController();
  const context: RunContext = {
    directory,
    signal: stop.signal,
    progress: silentProgress,
    keep: false,
    reuse: false,
    phase: (_name, work) => work(),
  };
  const spec = { workers: 2, proxyMode: 'iptables', id: 'mistakes', provider: 'netns', ...asked } as const;
  const cluster = await netnsProvider().create(spec, context);
  let sessions = sessionPool(stop.signal);
  const nodes = () => cluster.hosts.filter(({ role }) => role === 'control-plane' || role === 'worker');
  return {
    cluster,
    nodes,
    deploy: (ways: readonly Topology[]): Promise<Deployment> => cluster.deploy({ replicas: 2 }, ways, context),
    prove: (deployment: Deployment, target: Deployment['targets'][number]) =>
      provePath(nodes(), 'iptables', deployment, target, sessions.get),
    /** Who answers so many new connections. */
    pods: async (url: string, from: Host, count: number): Promise<string[]> => {
      const session = await sessions.get(from);
      const { echoes, unanswered } = await connections(session, url, count);
      await release(session);
      expect(unanswered).toEqual([]);
      return echoes.map(({ pod }) => pod);
    },
    endSessions: async () => {
      await sessions[Symbol.asyncDispose]();
      sessions = sessionPool(stop.signal);
    },
    async [Symbol.asyncDispose]() {
      await sessions[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
