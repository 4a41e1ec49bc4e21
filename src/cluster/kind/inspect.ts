import { UnavailableError } from '../../errors.ts';
import { eventsBut, notPerformedYet } from '../contract/event-limits.ts';
import { noServicelb } from '../contract/no-servicelb.ts';
import { statedBy } from '../contract/obstacle.ts';
import type { FamilyLimits, Limits } from '../contract/provider.ts';
import { type Engine, findEngine } from '../engine/engine.ts';
import { imageState } from '../engine/image.ts';
import { kernelObstacles } from '../engine/kernel.ts';
import { availableMemoryMiB, MEMORY_PER_NODE_MIB } from '../engine/preflight.ts';
import { topologyImages } from '../engine/way-images.ts';
import { type Images, versionOfImage } from '../kube/images.ts';
import { performers } from '../kube/perform.ts';
import { findKind, type KindProgram } from './kind-program.ts';

const USERSPACE_FAMILY = 'kubernetes-1.25';
const noLink = { code: 'links-not-shaped', provider: 'kind' } as const;
const NO_LINKS = { 'link-rate': noLink, 'link-delay': noLink, 'link-loss': noLink } as const;
/** Measured on two cores: a three-node cluster with its images, and the proofs. */
const BRING_UP = { family: 5, cluster: 50 } as const;

/** What kind can do here; creates nothing but, for an engine elsewhere, a throw-away container that looks at its kernel. */
export async function inspectKind(images: Images, kindPath: string | undefined): Promise<Limits> {
  const nothing = {
    proxyModes: {},
    topologies: NO_LINKS,
    series: {},
    events: eventsBut(performers, notPerformedYet),
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
    return { ...nothing, provider: statedBy(error) };
  }
  const [node, userspace, client, ways] = await Promise.all([
    imageState(engine, '--image node', images.node),
    imageState(engine, '--image node-userspace', images['node-userspace']),
    imageState(engine, '--image client', images.client),
    topologyImages(engine, images),
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
  const services = { most: 1, because: { code: 'no-fillers', provider: 'kind' } } as const;
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
    topologies: { ...NO_LINKS, ...noServicelb('part-of-k3s'), ...ways.topologies },
    topologyPulls: ways.topologyPulls,
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
