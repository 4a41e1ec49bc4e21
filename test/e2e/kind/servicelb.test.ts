import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster, RunContext } from '../../../src/cluster/contract/provider.ts';
import type { Topology } from '../../../src/cluster/contract/topology.ts';
import { kindProvider } from '../../../src/cluster/kind/provider.ts';
import { NAMESPACE } from '../../../src/cluster/kube/manifests/agent.ts';
import { provePath } from '../../../src/probe/prove-path.ts';
import { silentProgress } from '../../../src/progress/silent-progress.ts';
import { type SessionPool, sessionPool } from '../../../src/run/sessions.ts';
import { hopTexts } from '../../../src/words/hop.ts';
import { playServicelb } from '../../fakes/servicelb.ts';

const MODE = 'iptables'; // that of k3s, unless it is told otherwise
const way = (trafficPolicy: 'cluster' | 'local'): Topology => ({ entry: 'load-balancer', announce: 'servicelb', trafficPolicy });

const provider = kindProvider({});
const limits = await provider.inspect();
const obstacle = limits.provider ?? limits.proxyModes[MODE];

/** No image of k3s can be had where these tests run: its controller is played, on a real kube-proxy of the same rules. */
describe.skipIf(obstacle !== undefined)(
  `a LoadBalancer of servicelb on real kind, its controller played${obstacle ? ` (skipped: ${obstacle.reason})` : ''}`,
  () => {
    const stop = new AbortController();
    let context: RunContext;
    let cluster: Cluster;
    let sessions: SessionPool;
    const nodes = () => cluster.hosts.filter(({ role }) => role === 'control-plane' || role === 'worker');

    beforeAll(async () => {
      const directory = await mkdtemp(join(tmpdir(), 'trafficlab-servicelb-'));
      const phase: RunContext['phase'] = (_name, work) => work();
      context = { directory, signal: stop.signal, progress: silentProgress, keep: false, reuse: false, phase };
      cluster = await provider.create({ id: 'servicelb', provider: 'kind', workers: 2, proxyMode: MODE }, context);
      sessions = sessionPool(stop.signal);
    });
    afterAll(async () => {
      await sessions?.[Symbol.asyncDispose]();
      await cluster?.[Symbol.asyncDispose]();
      if (context) await rm(context.directory, { recursive: true, force: true });
    });

    test.each([
      ['cluster', undefined, /^KUBE-SVC-/],
      ['local', undefined, /^KUBE-SVL-/],
      ['cluster', 'Proxy', /^CNI-DN-/],
    ] as const)('traffic policy %s, ipMode %s: who carries is seen', async (trafficPolicy, ipMode, carrier) => {
      const name = trafficPolicy === 'local' ? 'echo-servicelb-local' : 'echo-servicelb';
      const controlPlane = nodes().find(({ role }) => role === 'control-plane')!;
      // What an earlier deployment leaves goes with the next one, as on every cluster that is used again.
      const [played, deployment] = await Promise.all([
        playServicelb(controlPlane, { namespace: NAMESPACE, name, ...(ipMode ? { ipMode } : {}) }),
        cluster.deploy({ replicas: 2 }, [way(trafficPolicy)], context),
      ]);
      await using _servicelb = played;
      const [target] = deployment.targets;
      expect(target!.entryNode).toMatch(/worker/);
      const proof = await provePath(nodes(), MODE, deployment, target!, sessions.get);
      console.log([...hopTexts(proof), `client address: ${proof.clientAddress?.found}`].join('\n  '));
      expect(proof.problems).toEqual([]);
      expect(proof.objects).toContainEqual(
        expect.objectContaining({ kind: 'chain', name: expect.stringMatching(carrier), moved: 12 }),
      );
    });
  },
);
