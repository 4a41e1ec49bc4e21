import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { findProgram } from '../fabric/find-program.ts';

/** Where a traefik for namespaces lies when none is on PATH; no distribution has a package of it. */
export const traefikInCache = (): string => join(envPaths('trafficlab', { suffix: '' }).cache, 'bin/traefik');

/** The program named in TRAFFICLAB_TRAEFIK, else that on PATH, else that in trafficlab's cache; undefined where there is none. */
export async function findTraefik(path?: string): Promise<string | undefined> {
  const named = process.env.TRAFFICLAB_TRAEFIK;
  if (named) return (await runs(named)) ? named : undefined;
  const cached = traefikInCache();
  return (await findProgram('traefik', path)) ?? ((await runs(cached)) ? cached : undefined);
}

const runs = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
