import type { Obstacle } from '../contract/obstacle.ts';
import type { Limits } from '../contract/provider.ts';
import { controllers, type PooledAnnouncement } from '../contract/topology.ts';
import type { ImageName, Images } from '../kube/images.ts';
import type { Engine } from './engine.ts';
import { imageState } from './image.ts';

/** By the key of `Limits.topologies`: the images that a way in needs beside those of every cluster. */
const WAY_IMAGES: Readonly<Record<`load-balancer-${PooledAnnouncement}`, readonly ImageName[]>> &
  Readonly<Record<string, readonly ImageName[]>> = {
  'load-balancer-l2': ['metallb-controller', 'metallb-speaker'],
  'load-balancer-bgp': ['metallb-controller', 'metallb-speaker', 'router'],
  ...Object.fromEntries(controllers.map((name) => [`ingress-${name}`, [name]])),
};

/** The topologies whose images cannot be had, and what would be pulled for the others. */
export async function topologyImages(
  engine: Engine,
  images: Images,
): Promise<Required<Pick<Limits, 'topologies' | 'topologyPulls'>>> {
  const names = [...new Set(Object.values(WAY_IMAGES).flat())];
  const states = new Map(
    await Promise.all(names.map(async (name) => [name, await imageState(engine, `--image ${name}`, images[name])] as const)),
  );
  const topologies: Record<string, Obstacle> = {};
  const topologyPulls: Record<string, readonly string[]> = {};
  for (const [key, needed] of Object.entries(WAY_IMAGES)) {
    const seen = needed.flatMap((name) => states.get(name) ?? []);
    const obstacle = seen.find((one) => one.obstacle)?.obstacle;
    if (obstacle) topologies[key] = obstacle;
    topologyPulls[key] = seen.filter(({ here }) => !here).map(({ image }) => image);
  }
  return { topologies, topologyPulls };
}
