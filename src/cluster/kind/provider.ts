import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnavailableError } from '../../errors.ts';
import { kubeClient } from '../kube/client.ts';
import { type Images, imagesFor, versionOfImage } from '../kube/images.ts';
import { clusterReady } from '../kube/ready.ts';
import type { ClusterProvider, ClusterSpec, FamilyLimits, Limits, Obstacle, RunContext } from '../provider.ts';
import { type Made, openCluster } from './cluster.ts';
import { createNodes, deleteNodes } from './create.ts';
import { type Engine, findEngine } from './engine.ts';
import { kernelObstacles } from './kernel.ts';
import { findKind, type KindProgram } from './kind-program.ts';
import { hasImage, loadImage, registryHas } from './load-image.ts';
import { clusterName, ownerAlive, reusePrefix } from './names.ts';
import { availableMemoryMiB, MEMORY_PER_NODE_MIB, preflight } from './preflight.ts';
import { ourClusters, sweepKind } from './sweep.ts';

export interface KindOptions {
  /** Path of the kind program; default `kind` on PATH. */
  readonly kind?: string;
  /** Another kind program for the userspace family: a node image is only promised to work with the kind that built it. */
  readonly kindUserspace?: string;
  readonly kubernetes?: string;
  /** `--image NAME=REF`, each overriding one of images.ts. */
  readonly images?: readonly string[];
}

const USERSPACE_FAMILY = 'kubernetes-1.25';
const noLink = {
  reason: 'links of kind nodes are not shaped',
  remedy: 'shape links without an engine: -- --provider netns',
} as const;
const NO_LINKS = { 'link-rate': noLink, 'link-delay': noLink, 'link-loss': noLink } as const;
/** Measured on two cores: a three-node cluster with its images, and the proofs. */
const BRING_UP = { family: 5, cluster: 50 } as const;
const READY = { deadlineMs: 180_000, intervalMs: 300 } as const;

/** Real Kubernetes nodes as containers, made by kind. */
export function kindProvider(options: KindOptions = {}): ClusterProvider {
  const images = imagesFor(options.kubernetes, options.images ?? [], process.env.TRAFFICLAB_IMAGES);
  const nodeImageOf = (spec: ClusterSpec): string => (isUserspaceFamily(spec, images) ? images['node-userspace'] : images.node);
  const kindFor = (engine: Engine, spec?: ClusterSpec): Promise<KindProgram> =>
    findKind(engine, spec && isUserspaceFamily(spec, images) ? (options.kindUserspace ?? options.kind) : options.kind);

  return {
    name: 'kind',
    inspect: () => inspect(images, options.kind),
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
      const folder = await mkdtemp(join(tmpdir(), 'trafficlab-'));
      const kubeconfig = join(folder, 'kubeconfig');
      const reused = context.reuse ? await findReusable(kind, spec, nodeImage) : undefined;
      const name = reused ?? clusterName(spec, nodeImage);
      const dispose = async () => {
        await engine.run(['rm', '--force', '--volumes', `${name}-client`], { accept: 'any', timeoutMs: 60_000, shielded: true });
        if (!context.keep) await deleteNodes(kind, name, kubeconfig);
        await rm(folder, { recursive: true, force: true });
      };
      const made: Made = { engine, kind, images, name, spec, nodeImage, kubeconfig, dispose };
      try {
        await bringUp(made, reused !== undefined, context);
        return await openCluster(made);
      } catch (error) {
        await exportLogs(made, context);
        await dispose().catch(() => {}); // the first error is the one to tell
        throw error;
      }
    },
    async sweep() {
      const engine = await findEngine();
      const kind = await kindFor(engine);
      const folder = await mkdtemp(join(tmpdir(), 'trafficlab-'));
      try {
        return await sweepKind(engine, kind, join(folder, 'kubeconfig'));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

async function bringUp(made: Made, reused: boolean, context: RunContext): Promise<void> {
  const { engine, kind, name, spec, nodeImage, kubeconfig, images } = made;
  const title = `kind: cluster ${spec.id} (${spec.workers + 1} nodes, ${spec.proxyMode})`;
  await context.phase(`create ${spec.id}`, () =>
    context.progress.step(reused ? `${title}, used again` : title, async (step) => {
      if (reused) await kind.run(['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfig], { timeoutMs: 30_000 });
      else await createNodes({ kind, name, spec, nodeImage, kubeconfig }, context, step);
    }),
  );
  // Images travel while the nodes become Ready: both mostly wait.
  await Promise.all([
    context.phase(`load-images ${spec.id}`, () => loadImage(engine, kind, name, images.client, context.signal)),
    context.phase(`ready ${spec.id}`, () =>
      context.progress.step(`${spec.id}: nodes, kube-proxy and CoreDNS ready`, async (step) =>
        clusterReady(await kubeClient(kubeconfig), spec.workers + 1, {
          ...READY,
          signal: context.signal,
          onSeen: (seen) => step.update(seen),
        }),
      ),
    ),
  ]);
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

async function inspect(images: Images, kindPath: string | undefined): Promise<Limits> {
  const nothing = {
    proxyModes: {},
    topologies: {},
    probes: {},
    families: [],
    seen: {},
      bringUpSeconds: BRING_UP,
  };
  let engine: Engine;
  let kind: KindProgram;
  try {
    engine = await findEngine();
    kind = await findKind(engine, kindPath);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { ...nothing, provider: { reason: error.message, remedy: error.remedy ?? '' } };
  }
  const [node, userspace, client] = await Promise.all([
    imageState(engine, 'node', images.node),
    imageState(engine, 'node-userspace', images['node-userspace']),
    imageState(engine, 'client', images.client),
  ]);
  const obstacles = await kernelObstacles(engine, node.here ? images.node : undefined);
  const version = versionOfImage(images.node);
  const families: FamilyLimits[] = [];
  if (!node.obstacle)
    families.push({
      id: 'kubernetes',
      title: `Kubernetes ${version ?? images.node}`,
      ...(version ? { version } : {}),
      members: (['iptables', 'ipvs', 'nftables'] as const).filter((mode) => !obstacles[mode]).map((proxyMode) => ({ proxyMode })),
    });
  const userspaceVersion = versionOfImage(images['node-userspace']);
  if (!userspace.obstacle)
    families.push({
      id: USERSPACE_FAMILY,
      title: `Kubernetes ${userspaceVersion ?? images['node-userspace']}`,
      ...(userspaceVersion ? { version: userspaceVersion } : {}),
      members: [{ proxyMode: 'userspace' }, { proxyMode: 'iptables' }],
    });
  // Fillers and positions among them are not made here yet, so more Services are refused before they are promised.
  const services = {
    most: 1,
    reason: "kind deploys the workload's own Service and no fillers",
    remedy: 'use --provider netns',
  };
  const blocked = client.obstacle ?? (families.length ? undefined : node.obstacle);
  return {
    ...nothing,
    ...(blocked ? { provider: blocked } : {}),
    proxyModes: {
      ...obstacles,
      ...(node.obstacle
        ? { iptables: node.obstacle, nftables: obstacles.nftables ?? node.obstacle, ipvs: obstacles.ipvs ?? node.obstacle }
        : {}),
      ...(userspace.obstacle ? { userspace: userspace.obstacle } : {}),
    },
    services,
    families,
    seen: {
      engine: `${engine.name} ${engine.version}`,
      kind: kind.version,
      kernel: engine.kernel,
      operatingSystem: engine.operatingSystem,
    },
    memoryMiB: { available: engine.local ? await availableMemoryMiB() : engine.memoryMiB, perNode: MEMORY_PER_NODE_MIB },
    pulls: [node, userspace, client].flatMap(({ here, obstacle, image }) => (here || obstacle ? [] : [image])),
  };
}

interface ImageState {
  readonly image: string;
  readonly here: boolean;
  readonly obstacle?: Obstacle;
}

async function imageState(engine: Engine, name: string, image: string): Promise<ImageState> {
  if (await hasImage(engine, image)) return { image, here: true };
  if ((await registryHas(engine, image)) !== false) return { image, here: false };
  const reason = `image ${image} is neither in ${engine.name} nor to be had from its registry`;
  return {
    image,
    here: false,
    obstacle: { reason, remedy: `load it (${engine.name} load), or name another: --image ${name}=REFERENCE` },
  };
}
