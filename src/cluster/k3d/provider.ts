import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterFailure, cleaningUp, firstError, throwFailures } from '../../errors.ts';
import type { ProviderOptions } from '../contract/options.ts';
import type { Cluster, ClusterProvider, ClusterSpec, RunContext } from '../contract/provider.ts';
import { type Engine, findDocker } from '../engine/engine.ts';
import { behindName, clientName, clusterName, isOurs, ownerAlive, reusePrefix, routerName } from '../engine/names.ts';
import { openEngineCluster } from '../engine/open-cluster.ts';
import { preflight } from '../engine/preflight.ts';
import { privateFolder, sweepFolders } from '../engine/private-folder.ts';
import { kubeClient } from '../kube/client.ts';
import { imagesFor } from '../kube/images.ts';
import { clusterReady } from '../kube/ready.ts';
import { collectLogs, importImages, k3dCluster, type Made, networkName } from './cluster.ts';
import { clusterNames, createNodes, deleteNodes, writeKubeconfig } from './create.ts';
import { inspectK3d } from './inspect.ts';
import { findK3d, type K3dProgram } from './k3d-program.ts';
import { toolsName } from './nodes.ts';
import { sweepK3d } from './sweep.ts';

const READY = { deadlineMs: 180_000, intervalMs: 300, daemonSets: [] } as const;
/** The longest name that k3d gives a cluster (pkg/types: DefaultClusterNameMaxLength). */
const LONGEST_NAME = 32;

const quietly = { accept: 'any', timeoutMs: 60_000, shielded: true } as const;

/** k3s nodes as containers, made by k3d. Written to k3d v5.9's documentation; nothing of it was run on a k3s. */
export function k3dProvider(options: ProviderOptions = {}): ClusterProvider {
  const images = imagesFor(options.kubernetes, options.image ?? [], process.env.TRAFFICLAB_IMAGES);
  return {
    name: 'k3d',
    byNameOnly: true,
    keeps: true,
    inspect: () => inspectK3d(images, options.k3d),
    async preflight(specs) {
      await preflight(
        await findDocker(),
        specs.reduce((nodes, spec) => nodes + 1 + spec.workers, 0),
      );
    },
    async create(spec, context) {
      const engine = await findDocker();
      const k3d = await findK3d(options.k3d);
      const folder = await privateFolder();
      const reused = context.reuse ? await findReusable(k3d, spec, images.k3s) : undefined;
      const name = reused ?? clusterName(spec, images.k3s, { longest: LONGEST_NAME });
      const dispose = async () => {
        const done = await Promise.allSettled([removeAll(engine, k3d, name, spec.workers, context.keep)]);
        await rm(folder, { recursive: true, force: true });
        throwFailures(done);
      };
      const made: Made = { engine, k3d, images, name, spec, kubeconfig: join(folder, 'kubeconfig'), dispose };
      try {
        return await bringUp(made, folder, reused !== undefined, context);
      } catch (error) {
        if (!context.signal.aborted) await collectLogs(made, join(context.directory, 'logs', name)).catch(() => {});
        throw await afterFailure(firstError(error), dispose);
      }
    },
    async sweep() {
      const swept = await sweepK3d(await findDocker(), await findK3d(options.k3d));
      return [...swept, ...(await sweepFolders()).map((path) => `folder ${path}`)];
    },
  };
}

async function bringUp(made: Made, folder: string, reused: boolean, context: RunContext): Promise<Cluster> {
  const { k3d, name, spec, images, kubeconfig } = made;
  const title = `k3d: cluster ${spec.id} (${spec.workers + 1} nodes, ${spec.proxyMode})`;
  await context.phase(`create ${spec.id}`, () =>
    context.progress.step(reused ? `${title}, reused` : title, async (step) => {
      if (!reused) await createNodes({ k3d, name, spec, nodeImage: images.k3s, folder }, context, step);
      await writeKubeconfig(k3d, name, kubeconfig);
    }),
  );
  await context.phase(`load-images ${spec.id}`, () => importImages(made, [images.client], context.signal));
  return context.phase(`ready ${spec.id}`, () =>
    context.progress.step(`${spec.id}: nodes and CoreDNS ready`, async (step) => {
      await clusterReady(await kubeClient(kubeconfig), spec.workers + 1, {
        ...READY,
        signal: context.signal,
        onSeen: (seen) => step.update(seen),
      });
      return openEngineCluster(k3dCluster(made, context.signal));
    }),
  );
}

/** Each step is tried, whatever became of the one before. What stands beside the nodes is in their network, so it goes first. */
async function removeAll(engine: Engine, k3d: K3dProgram, name: string, workers: number, keep: boolean): Promise<void> {
  const nodes = ['server-0', ...Array.from({ length: workers }, (_, index) => `agent-${index}`)].map(
    (node) => `k3d-${name}-${node}`,
  );
  const beside = [...[clientName, routerName, behindName].map((nameOf) => nameOf(name)), ...nodes.map(toolsName)];
  const removed = engine.run(['rm', '--force', '--volumes', ...beside], quietly);
  const deleted = removed.catch(() => {}).then(() => (keep ? undefined : deleteAll(engine, k3d, name)));
  throwFailures(await Promise.allSettled([removed, deleted]));
}

/** k3d lists a cluster by its nodes: one that was stopped before it had any is not listed, and its network and volume would stay. */
async function deleteAll(engine: Engine, k3d: K3dProgram, name: string): Promise<void> {
  const network = networkName(name);
  const leftovers = [
    ['rm', '--force', '--volumes', `${network}-tools`],
    ['network', 'rm', network],
    ['volume', 'rm', '--force', `${network}-images`],
  ];
  const removeLeftovers = async () => {
    const ended: PromiseSettledResult<unknown>[] = [];
    for (const args of leftovers) ended.push(...(await Promise.allSettled([engine.run(args, quietly)])));
    throwFailures(ended);
  };
  await cleaningUp(() => deleteNodes(k3d, name), removeLeftovers);
}

async function findReusable(k3d: K3dProgram, spec: ClusterSpec, nodeImage: string): Promise<string | undefined> {
  const prefix = reusePrefix(spec, nodeImage, LONGEST_NAME);
  return (await clusterNames(k3d)).find((name) => isOurs(name) && name.startsWith(prefix) && !ownerAlive(name));
}
