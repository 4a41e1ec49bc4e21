import { UnavailableError } from '../../errors.ts';
import { eventsBut, notPerformedYet } from '../contract/event-limits.ts';
import { statedBy } from '../contract/obstacle.ts';
import type { Limits } from '../contract/provider.ts';
import { type Engine, findDocker } from '../engine/engine.ts';
import { type ImageState, imageState } from '../engine/image.ts';
import { kernelObstacles } from '../engine/kernel.ts';
import { availableMemoryMiB, MEMORY_PER_NODE_MIB } from '../engine/preflight.ts';
import { topologyImages } from '../engine/way-images.ts';
import { type Images, versionOfImage } from '../kube/images.ts';
import { performers } from '../kube/perform.ts';
import { findK3d, type K3dProgram } from './k3d-program.ts';

/** Said wherever k3d is offered, until it was run. */
const UNPROVEN = "written from k3d v5.9's documentation, not run in our CI";

const noLink = { code: 'links-not-shaped', provider: 'k3d' } as const;
const NO_LINKS = { 'link-rate': noLink, 'link-delay': noLink, 'link-loss': noLink } as const;
const MODES = ['iptables', 'ipvs', 'nftables'] as const;

/** What k3d can do here; creates nothing but, for an engine elsewhere, a throw-away container that looks at its kernel. */
export async function inspectK3d(images: Images, k3dPath: string | undefined): Promise<Limits> {
  const nothing = {
    proxyModes: {},
    topologies: NO_LINKS,
    series: {},
    events: eventsBut(performers, notPerformedYet),
    families: [],
    seen: {},
  };
  let engine: Engine;
  let k3d: K3dProgram;
  try {
    engine = await findDocker();
    k3d = await findK3d(k3dPath);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { ...nothing, provider: { ...statedBy(error), text: `${error.message}; ${UNPROVEN}` } };
  }
  const [needed, ways] = await Promise.all([
    Promise.all([
      imageState(engine, '--image k3s', images.k3s),
      imageState(engine, '--image node', images.node), // its tools beside the nodes
      imageState(engine, '--image client', images.client),
      k3dTools(engine, k3d),
    ]),
    topologyImages(engine, images),
  ]);
  const blocked = needed.find(({ obstacle }) => obstacle)?.obstacle;
  const obstacles = await kernelObstacles(engine, needed[1].here ? images.node : undefined);
  const version = versionOfImage(images.k3s);
  return {
    ...nothing,
    ...(blocked ? { provider: blocked } : {}),
    proxyModes: { ...obstacles, userspace: { code: 'no-userspace-in-k3s' } },
    topologies: { ...NO_LINKS, ...ways.topologies },
    topologyPulls: ways.topologyPulls,
    services: { most: 1, because: { code: 'no-fillers', provider: 'k3d' } },
    families: [
      {
        id: 'kubernetes',
        title: version ? `Kubernetes ${version} (k3s)` : images.k3s,
        ...(version ? { version } : {}),
        members: MODES.filter((mode) => !obstacles[mode]).map((proxyMode) => ({ proxyMode })),
      },
    ],
    seen: {
      engine: `${engine.name} ${engine.version}`,
      k3d: `${k3d.version} (${UNPROVEN})`,
      kernel: engine.kernel,
      operatingSystem: engine.operatingSystem,
    },
    memoryMiB: { available: engine.local ? await availableMemoryMiB() : engine.memoryMiB, perNode: MEMORY_PER_NODE_MIB },
    pulls: needed.flatMap(({ here, obstacle, image }) => (here || obstacle ? [] : [image])),
  };
}

/** k3d runs a container of its own while it makes a cluster, of its own version. */
function k3dTools(engine: Engine, { version }: K3dProgram, env: NodeJS.ProcessEnv = process.env): Promise<ImageState> {
  const image = env.K3D_IMAGE_TOOLS ?? `ghcr.io/k3d-io/k3d-tools:${version.slice(1)}`;
  return imageState(engine, 'K3D_IMAGE_TOOLS', image);
}
