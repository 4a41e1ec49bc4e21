import { everywhere, type Program, programs } from '../../setup/programs.ts';
import { proxyNames } from '../contract/controllers.ts';
import type { Obstacle } from '../contract/obstacle.ts';
import { type Topology, topologyKeys } from '../contract/topology.ts';
import { findProgram } from '../fabric/find-program.ts';
import type { Environment } from '../fabric/sandbox.ts';
import { findTraefik, traefikInCache } from './find-traefik.ts';
import { notInstalled } from './not-installed.ts';

/** By the key of `Limits.topologies`: the programs that a way in needs beside those of the modes. */
const WAY_PROGRAMS: Readonly<Record<string, readonly Program[]>> = {
  'load-balancer-l2': programs('arping'),
  'load-balancer-bgp': programs('bird', 'birdc'),
  ...Object.fromEntries(proxyNames.map((name) => [`ingress-${name}`, [{ name, package: everywhere(name) }]])),
};

/** The programs of all ways in. */
export const allWayPrograms: readonly Program[] = Object.values(WAY_PROGRAMS).flat();

/** What has to be there for these topologies, way by way. */
export function wayPrograms(topologies: readonly Topology[]): (readonly Program[])[] {
  const keys = new Set(topologies.flatMap(topologyKeys));
  return Object.entries(WAY_PROGRAMS).flatMap(([key, needed]) => (keys.has(key) ? [needed] : []));
}

/** The ways in that this machine lacks programs for, by the key of `Limits.topologies`. */
export async function missingWays({ PATH }: Environment): Promise<Readonly<Record<string, Obstacle>>> {
  const looked = Object.entries(WAY_PROGRAMS).map(async ([key, needed]) => {
    const found = await Promise.all(needed.map(({ name }) => findProgram(name, PATH)));
    const missing = needed.filter((_, index) => found[index] === undefined);
    return missing.length > 0 ? [[key, obstacle(missing)] as const] : [];
  });
  return Object.fromEntries([...(await Promise.all(looked)).flat(), ...(await missingTraefik(PATH))]);
}

async function missingTraefik(path: string | undefined): Promise<[string, Obstacle][]> {
  if (await findTraefik(path)) return [];
  return [['ingress-traefik', { code: 'traefik-missing', cache: traefikInCache() }]];
}

const obstacle = (missing: readonly Program[]): Obstacle =>
  notInstalled(
    missing.map(({ name }) => name),
    missing.flatMap(({ package: names }) => names['apt-get'] ?? []),
  );
