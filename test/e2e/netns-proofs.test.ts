import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/cluster/contract/deployment.ts';
import type { Host } from '../../src/cluster/contract/host.ts';
import type { ClusterSpec, RunContext } from '../../src/cluster/contract/provider.ts';
import { type Topology, topologyName } from '../../src/cluster/contract/topology.ts';
import { iptablesChains, nftablesChains } from '../../src/cluster/kernel/kube-proxy-names.ts';
import { netnsProvider } from '../../src/cluster/netns/provider.ts';
import { connections } from '../../src/probe/connections.ts';
import { provePath } from '../../src/probe/prove-path.ts';
import { silentProgress } from '../../src/progress/silent-progress.ts';
import { sessionPool } from '../../src/run/sessions.ts';
import { backend, divert, undivert } from '../contract/break-rules.ts';
import { describeInSandbox } from '../support/in-sandbox.ts';

const WAYS: readonly Topology[] = [
  { entry: 'node-port', trafficPolicy: 'local' },
  { entry: 'cluster-ip' },
  { entry: 'host-port' },
];

await describeInSandbox('proofs on namespaces', import.meta.url, () => {
  describe.each([
    ['iptables', 'nf_tables'],
    ['iptables', 'legacy'],
    ['nftables', 'nf_tables'],
  ] as const)('%s (%s)', (proxyMode, iptablesBackend) => {
    it('cases 3: what takes connections before kube-proxy does is found, and the proof fails while it is there', async () => {
      await using stage = await createStage({ proxyMode, iptablesBackend });
      const target = stage.target('node-port-local', 'outside');
      const entry = stage.node(target.entryNode!);
      const [pod] = stage.deployment.endpoints.filter(({ node }) => node === entry.name);
      // To a pod that is an endpoint: the answers alone would show nothing.
      await divert(entry, Number(new URL(target.url).port), `${pod!.address}:${pod!.port}`);
      const { problems } = await stage.prove(target);
      const place = { node: entry.name, service: 'trafficlab/echo-local' };
      expect(problems).toContainEqual(expect.objectContaining({ code: 'diverted', ...place }));
      expect(problems).toContainEqual(expect.objectContaining({ code: 'miscounted', ...place, counted: 0 }));
      await undivert(entry);
      expect((await stage.prove(target)).problems).toEqual([]);
    });

    it('cases 3: a hostPort that leads elsewhere is found', async () => {
      await using stage = await createStage({ proxyMode, iptablesBackend });
      const target = stage.target('host-port', 'outside');
      expect(await stage.prove(target)).toMatchObject({
        problems: [],
        objects: [
          { kind: 'rule', name: expect.stringMatching(/^CNI-HOSTPORT-DNAT/), moved: 12 },
          { kind: 'chain', name: expect.stringMatching(/^CNI-DN-/), moved: 12 },
        ],
        endpoints: [{ node: target.entryNode, connections: 12 }],
      });
      const other = stage.deployment.endpoints.find(({ node }) => node !== target.entryNode)!;
      const { port } = new URL(target.url);
      const rule = ['-p', 'tcp', '--dport', port, '-j', 'DNAT', '--to-destination', `${other.address}:${other.port}`];
      const node = stage.node(target.entryNode!);
      await node.exec(['iptables', '-t', 'nat', '-I', 'PREROUTING', ...rule]);
      const { problems } = await stage.prove(target);
      expect(problems).toContainEqual(
        expect.objectContaining({ code: 'diverted', by: { kind: 'rule', rule: expect.stringContaining(other.address) } }),
      );
    });

    it('cases 3: policy Local that is spread over other nodes is found', async () => {
      await using stage = await createStage({ proxyMode, iptablesBackend });
      const target = stage.target('node-port-local', 'outside');
      const node = stage.node(target.entryNode!);
      const names = proxyMode === 'iptables' ? iptablesChains(target.service!) : nftablesChains(target.service!);
      const { external, local, service } = names;
      if (proxyMode === 'iptables') await node.exec([await backend(node), '-t', 'nat', '-I', external, '-j', service]);
      else await node.exec(['nft', 'insert', 'rule', 'ip', 'kube-proxy', external, 'goto', service]);
      const { problems } = await stage.prove(target);
      expect(problems).toContainEqual(
        expect.objectContaining({
          code: 'wrong-chain',
          expected: { kind: 'chain', name: local },
          found: { kind: 'chain', name: service },
        }),
      );
    });

    it('cases 3: counters that somebody resets during every proof fail it', async () => {
      if (proxyMode !== 'iptables') return; // nothing else counts
      await using stage = await createStage({ proxyMode, iptablesBackend });
      const target = stage.target('cluster-ip', 'pod');
      const node = stage.node(target.entryNode!);
      // Enough that a counter that begins again is lower than before.
      const session = await stage.session(target.from[0]);
      await connections(session, target.url, 40);
      await session.run({ kind: 'release' });
      const command = await backend(node);
      const resetting: Host = {
        ...node,
        exec: async (argv, options) => {
          const result = await node.exec(argv, options);
          if (argv[0] === 'iptables-save') await node.exec([command, '-t', 'nat', '-Z']);
          return result;
        },
      };
      const { problems } = await stage.prove(target, [resetting]);
      expect(problems.map(({ code }) => code)).toContain('counters-reset');
    });

    it('leaves nothing behind on a node', async () => {
      await using stage = await createStage({ proxyMode, iptablesBackend });
      const node = stage.node(stage.target('node-port-local', 'outside').entryNode!);
      const tables = async () => (await node.exec(['nft', 'list', 'tables'])).stdout;
      const before = await tables();
      for (const target of stage.deployment.targets) expect((await stage.prove(target)).problems, target.url).toEqual([]);
      expect(await tables()).toBe(before);
    });
  });
});

async function createStage(asked: Partial<ClusterSpec>) {
  const directory = await mkdtemp(join(tmpdir(), 'trafficlab-proofs-'));
  const stop = new AbortController();
  const context: RunContext = {
    directory,
    signal: stop.signal,
    progress: silentProgress,
    keep: false,
    reuse: false,
    phase: (_name, work) => work(),
  };
  const spec = { workers: 2, proxyMode: 'iptables', id: 'proofs', provider: 'netns', ...asked } as const;
  const cluster = await netnsProvider().create(spec, context);
  const sessions = sessionPool(stop.signal);
  const deployment = await cluster.deploy({ replicas: 2 }, WAYS, context);
  const nodes = cluster.hosts.filter(({ role }) => role === 'control-plane' || role === 'worker');
  return {
    deployment,
    session: sessions.get,
    node: (name: string) => nodes.find((node) => node.name === name)!,
    target: (name: string, vantage: Target['vantage']) =>
      deployment.targets.find((one) => topologyName(one.topology) === name && one.vantage === vantage)!,
    /** @param others nodes in the place of those with their names. */
    prove: (target: Target, others: readonly Host[] = []) => {
      const all = nodes.map((node) => others.find(({ name }) => name === node.name) ?? node);
      return provePath(all, spec.proxyMode, deployment, target, sessions.get);
    },
    async [Symbol.asyncDispose]() {
      await sessions[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
