import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deployment } from '../../../src/cluster/contract/deployment.ts';
import type { Cluster, RunContext } from '../../../src/cluster/contract/provider.ts';
import { type Exposure, type Topology, topologyKeys, topologyName } from '../../../src/cluster/contract/topology.ts';
import { kindProvider } from '../../../src/cluster/kind/provider.ts';
import { provePath } from '../../../src/probe/prove-path.ts';
import { proveRules } from '../../../src/probe/prove-rules.ts';
import { silentProgress } from '../../../src/progress/silent-progress.ts';
import { type SessionPool, sessionPool } from '../../../src/run/sessions.ts';
import { hopTexts } from '../../../src/words/hop.ts';

const nodePort: Exposure = { entry: 'node-port', trafficPolicy: 'cluster' };
const balanced = (announce: 'l2' | 'bgp', trafficPolicy: 'cluster' | 'local'): Exposure => ({
  entry: 'load-balancer',
  announce,
  trafficPolicy,
});
/** Every controller, both placements, every exposure, all in one deployment. */
const WAYS: readonly Topology[] = [
  { entry: 'pod' },
  { entry: 'cluster-ip' },
  { entry: 'host-port' },
  nodePort,
  balanced('l2', 'cluster'),
  balanced('bgp', 'local'),
  { entry: 'ingress', controller: 'nginx', placement: 'daemonset', exposure: { entry: 'host-port' } },
  { entry: 'ingress', controller: 'nginx', placement: 'daemonset', exposure: balanced('bgp', 'cluster') },
  { entry: 'ingress', controller: 'traefik', placement: { replicas: 2 }, exposure: balanced('l2', 'cluster') },
  { entry: 'ingress', controller: 'traefik', placement: { replicas: 2 }, exposure: balanced('bgp', 'cluster') },
  { entry: 'ingress', controller: 'haproxy', placement: { replicas: 1 }, exposure: nodePort },
  { entry: 'ingress', controller: 'haproxy', placement: { replicas: 1 }, exposure: balanced('bgp', 'local') },
];
const MODE = 'nftables';

const provider = kindProvider({});
const limits = await provider.inspect();
const obstacle =
  limits.provider ??
  limits.proxyModes[MODE] ??
  WAYS.flatMap((way) => topologyKeys(way).flatMap((key) => limits.topologies[key] ?? []))[0];

describe.skipIf(obstacle !== undefined)(`every way into real kind${obstacle ? ` (skipped: ${obstacle.reason})` : ''}`, () => {
  const stop = new AbortController();
  const took: Record<string, number> = {};
  let context: RunContext;
  let cluster: Cluster;
  let deployment: Deployment;
  let sessions: SessionPool;
  const nodes = () => cluster.hosts.filter(({ role }) => role === 'control-plane' || role === 'worker');

  beforeAll(async () => {
    const phase: RunContext['phase'] = async (name, work) => {
      const started = performance.now();
      const value = await work();
      took[name] = Math.round(performance.now() - started) / 1000;
      return value;
    };
    const directory = await mkdtemp(join(tmpdir(), 'trafficlab-ways-in-'));
    context = { directory, signal: stop.signal, progress: silentProgress, keep: false, reuse: false, phase };
    cluster = await provider.create({ id: 'ways-in', provider: 'kind', workers: 2, proxyMode: MODE }, context);
    sessions = sessionPool(stop.signal);
    deployment = await phase('deploy', () => cluster.deploy({ replicas: 2 }, WAYS, context));
    console.log(`seconds: ${JSON.stringify(took)}`);
  });

  afterAll(async () => {
    await sessions?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
    if (context) await rm(context.directory, { recursive: true, force: true });
  });

  test('the rules of all Services, those of controllers too, count on every node', async () => {
    expect(deployment.services).toHaveLength(8);
    expect((await proveRules(nodes(), MODE, deployment, sessions.get)).problems).toEqual([]);
  });

  test.each(WAYS.map((way) => [topologyName(way)]))('%s is proven hop by hop from outside', async (name) => {
    const targets = deployment.targets.filter(
      ({ topology, vantage }) => topologyName(topology) === name && vantage === 'outside',
    );
    expect(targets).toHaveLength(1);
    for (const target of targets) {
      expect(target.from[0].name).toMatch(/behind-router$/); // where anything is announced by BGP, for all
      const proof = await provePath(nodes(), MODE, deployment, target, sessions.get);
      expect(proof.problems).toEqual([]);
      console.log([name, ...hopTexts(proof), `client address: ${proof.clientAddress?.found}`].join('\n  '));
    }
  });

  test('says which controllers and proxies run, and what the router does', () => {
    expect(deployment.facts).toMatchObject({
      controllers: {
        'nginx-daemonset': { proxy: expect.stringMatching(/^nginx \d/), hostPort: 80 },
        'traefik-2': { controller: expect.stringMatching(/^traefik \d/) },
        'haproxy-1': { proxy: expect.stringMatching(/^haproxy \d/) },
      },
      router: { fibMultipathHashPolicy: 1 },
      addressPools: { 'trafficlab-l2': expect.stringMatching(/^172\.\d+\.255\./) },
      networks: { unknown: [] },
    });
    const { networks, addressPools, router } = deployment.facts as Record<string, Record<string, unknown>>;
    expect([addressPools!['trafficlab-bgp'], router!.clients]).toEqual([networks!.bgpPool, networks!.routerNetwork]);
  });

  test('a listener on the port of a hostPort is found before anything is deployed, and a second pod for it is told by the scheduler', async () => {
    const again = (replicas: number) => cluster.deploy({ replicas }, [{ entry: 'host-port' }], context);
    const worker = nodes().find(({ role }) => role === 'worker')!;
    const listener = ['timeout', '20', 'kubectl', 'proxy', '--kubeconfig=/etc/kubernetes/kubelet.conf', '--port=8088'];
    const listening = worker.exec(listener, { accept: 'any' });
    await expect.poll(async () => (await worker.exec(['ss', '-Hltn', 'sport = :8088'])).stdout, { timeout: 15_000 }).not.toBe('');
    await expect(again(2)).rejects.toThrow(/"kubectl" .* listens on port 8088 of .*worker/);
    await listening;
    await expect(again(3)).rejects.toThrow(/stays Pending: .*didn't have free ports/);
  });
});
