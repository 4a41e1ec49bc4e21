import type { Engine } from '../engine/engine.ts';
import { isOurs, ownerAlive } from '../engine/names.ts';
import { sweepContainers } from '../engine/sweep-containers.ts';
import { clusterNames, deleteNodes } from './create.ts';
import type { K3dProgram } from './k3d-program.ts';

/** Deletes our clusters and containers whose process is gone; what a living trafficlab uses is left alone. */
export async function sweepK3d(engine: Engine, k3d: K3dProgram): Promise<string[]> {
  // What stands beside nodes is in their network, and would hold it.
  const swept = await sweepContainers(engine);
  for (const name of (await clusterNames(k3d)).filter(isOurs)) {
    if (ownerAlive(name)) continue;
    await deleteNodes(k3d, name);
    swept.push(`cluster ${name}`);
  }
  return swept;
}
