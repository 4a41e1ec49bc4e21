import { programs as knownPrograms, type ProgramName } from '../../setup/programs.ts';
import type { Obstacle } from '../contract/obstacle.ts';
import { type Topology, topologyKeys, type WayKey } from '../contract/topology.ts';
import { findProgram } from '../fabric/find-program.ts';
import type { Environment } from '../fabric/sandbox.ts';
import { findTraefik, traefikInCache } from './find-traefik.ts';
import { notInstalled } from './not-installed.ts';

/** By the key of `Limits.topologies`: the programs that a way in needs beside those of the modes. */
export const WAY_PROGRAMS = {
  'load-balancer-l2': ['arping'],
  'load-balancer-bgp': ['bird', 'birdc'],
  'ingress-nginx': ['nginx'],
  'ingress-haproxy': ['haproxy'],
} as const satisfies Readonly<Record<Exclude<WayKey, 'ingress-traefik'>, readonly ProgramName[]>>;

/** What has to be there for these topologies, way by way. */
export function wayPrograms(topologies: readonly Topology[]): (readonly ProgramName[])[] {
  const keys = new Set(topologies.flatMap(topologyKeys));
  return Object.entries(WAY_PROGRAMS).flatMap(([key, names]) => (keys.has(key) ? [names] : []));
}

/** The ways in that this machine lacks programs for, by the key of `Limits.topologies`. */
export async function missingWays({ PATH }: Environment): Promise<Readonly<Record<string, Obstacle>>> {
  const looked = Object.entries(WAY_PROGRAMS).map(async ([key, names]) => {
    const found = await Promise.all(names.map((name) => findProgram(name, PATH)));
    const missing = names.filter((_, index) => found[index] === undefined);
    return missing.length > 0 ? [[key, obstacle(missing)] as const] : [];
  });
  return Object.fromEntries([...(await Promise.all(looked)).flat(), ...(await missingTraefik(PATH))]);
}

async function missingTraefik(path: string | undefined): Promise<[string, Obstacle][]> {
  if (await findTraefik(path)) return [];
  return [['ingress-traefik', { code: 'traefik-missing', cache: traefikInCache() }]];
}

const obstacle = (missing: readonly ProgramName[]): Obstacle =>
  notInstalled(
    missing,
    knownPrograms(...missing).flatMap(({ package: names }) => names['apt-get'] ?? []),
  );
