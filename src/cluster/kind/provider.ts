import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterFailure, cleaningUp, firstError, throwFailures } from '../../errors.ts';
import type { ProviderOptions } from '../contract/options.ts';
import type { Cluster, ClusterProvider, ClusterSpec, RunContext } from '../contract/provider.ts';
import { type Engine, findEngine } from '../engine/engine.ts';
import { behindName, clientName, clusterName, ownerAlive, reusePrefix, routerName } from '../engine/names.ts';
import { openEngineCluster } from '../engine/open-cluster.ts';
import { preflight } from '../engine/preflight.ts';
import { privateFolder, sweepFolders } from '../engine/private-folder.ts';
import { kubeClient } from '../kube/client.ts';
import { type Images, imagesFor, versionOfImage } from '../kube/images.ts';
import { clusterReady } from '../kube/ready.ts';
import { kindCluster, type Made, nodeNames } from './cluster.ts';
import { createNodes, deleteNodes } from './create.ts';
import { inspectKind } from './inspect.ts';
import { findKind, type KindProgram } from './kind-program.ts';
import { loadIntoKind } from './load-image.ts';
import { ourClusters, sweepKind } from './sweep.ts';

const READY = { deadlineMs: 180_000, intervalMs: 300 } as const;

/**
 * Real Kubernetes nodes as containers, made by kind. The userspace family may have a kind program of its own: a node image is only
 * promised to work with the kind that built it.
 */
export function kindProvider(options: ProviderOptions = {}): ClusterProvider {
  const images = imagesFor(options.kubernetes, options.image ?? [], process.env.TRAFFICLAB_IMAGES);
  const nodeImageOf = (spec: ClusterSpec): string => (isUserspaceFamily(spec, images) ? images['node-userspace'] : images.node);
  const kindFor = (engine: Engine, spec?: ClusterSpec): Promise<KindProgram> =>
    findKind(engine, spec && isUserspaceFamily(spec, images) ? (options.kindUserspace ?? options.kind) : options.kind);

  return {
    name: 'kind',
    keeps: true,
    inspect: () => inspectKind(images, options.kind),
    async preflight(specs) {
      await preflight(
        await findEngine(),
        specs.reduce((nodes, spec) => nodes + 1 + spec.workers, 0),
      );
    },
    async create(spec, context) {
      const engine = await findEngine();
      const kind = await kindFor(engine, spec);
      const nodeImage = nodeImageOf(spec);
      const folder = await privateFolder();
      const kubeconfig = join(folder, 'kubeconfig');
      const reused = context.reuse ? await findReusable(kind, spec, nodeImage) : undefined;
      const name = reused ?? clusterName(spec, nodeImage);
      const dispose = async () => {
        const beside = [clientName, routerName, behindName].map((nameOf) => nameOf(name));
        const removed = engine.run(['rm', '--force', '--volumes', ...beside], {
          accept: 'any',
          timeoutMs: 60_000,
          shielded: true,
        });
        const deleted = removed.catch(() => {}).then(() => (context.keep ? undefined : deleteNodes(kind, name, kubeconfig)));
        // Each step is tried, whatever became of the one before.
        const ended = await Promise.allSettled([removed, deleted]);
        throwFailures([...ended, ...(await Promise.allSettled([rm(folder, { recursive: true, force: true })]))]);
      };
      const made: Made = { engine, kind, images, name, spec, nodeImage, kubeconfig, dispose };
      try {
        return await bringUp(made, reused !== undefined, context);
      } catch (error) {
        await exportLogs(made, context);
        throw await afterFailure(firstError(error), dispose);
      }
    },
    async sweep() {
      const engine = await findEngine();
      const kind = await kindFor(engine);
      const folder = await privateFolder();
      const sweepAll = async () => {
        const swept = await sweepKind(engine, kind, join(folder, 'kubeconfig'));
        return [...swept, ...(await sweepFolders()).map((path) => `folder ${path}`)];
      };
      return cleaningUp(sweepAll, () => rm(folder, { recursive: true, force: true }));
    },
  };
}

async function bringUp(made: Made, reused: boolean, context: RunContext): Promise<Cluster> {
  const { kind, name, spec, nodeImage, kubeconfig } = made;
  const title = `kind: cluster ${spec.id} (${spec.workers + 1} nodes, ${spec.proxyMode})`;
  await context.phase(`create ${spec.id}`, () =>
    context.progress.step(reused ? `${title}, reused` : title, async (step) => {
      if (reused) await kind.run(['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfig], { timeoutMs: 30_000 });
      else await createNodes({ kind, name, spec, nodeImage, kubeconfig }, context, step);
    }),
  );
  const loading = context.phase(`load-images ${spec.id}`, () => loadClient(made, context.signal));
  const opening = context
    .phase(`ready ${spec.id}`, () =>
      context.progress.step(`${spec.id}: nodes, kube-proxy and CoreDNS ready`, async (step) =>
        clusterReady(await kubeClient(kubeconfig), spec.workers + 1, {
          ...READY,
          daemonSets: ['kube-proxy'],
          signal: context.signal,
          onSeen: (seen) => step.update(seen),
        }),
      ),
    )
    .then(() => openEngineCluster(kindCluster(made)));
  // Images travel while the nodes become Ready and the client starts. Both are waited for: what fails alone must not go on behind.
  await Promise.allSettled([loading, opening]);
  await loading;
  return opening;
}

async function loadClient({ engine, kind, name, images }: Made, signal: AbortSignal): Promise<void> {
  const nodes = await nodeNames(kind, name);
  await loadIntoKind(engine, kind, { cluster: name, images: [images.client], nodes }, signal);
}

async function exportLogs({ kind, name }: Made, context: RunContext): Promise<void> {
  if (context.signal.aborted) return;
  await kind
    .run(['export', 'logs', join(context.directory, 'logs', name), '--name', name], { accept: 'any', timeoutMs: 120_000 })
    .catch(() => {});
}

async function findReusable(kind: KindProgram, spec: ClusterSpec, nodeImage: string): Promise<string | undefined> {
  const names = await ourClusters(kind);
  return names.find((name) => name.startsWith(reusePrefix(spec, nodeImage)) && !ownerAlive(name));
}

/** The userspace family runs on the userspace image; its iptables member as well, so that the two may be compared. */
const isUserspaceFamily = (spec: ClusterSpec, images: Images): boolean =>
  spec.proxyMode === 'userspace' || (spec.version !== undefined && spec.version === versionOfImage(images['node-userspace']));
