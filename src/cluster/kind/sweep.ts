import type { Engine } from '../engine/engine.ts';
import { isOurs, ownerAlive } from '../engine/names.ts';
import { sweepContainers } from '../engine/sweep-containers.ts';
import type { KindProgram } from './kind-program.ts';

/** Deletes our clusters and containers whose process is gone; what a living trafficlab uses is left alone. */
export async function sweepKind(engine: Engine, kind: KindProgram, kubeconfig: string): Promise<string[]> {
  const swept: string[] = [];
  for (const name of await ourClusters(kind)) {
    if (ownerAlive(name)) continue;
    await kind.run(['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig], { timeoutMs: 120_000 });
    swept.push(`cluster ${name}`);
  }
  return [...swept, ...(await sweepContainers(engine))];
}

/** Names of the clusters that trafficlab made. */
export async function ourClusters(kind: KindProgram): Promise<string[]> {
  const { stdout } = await kind.run(['get', 'clusters'], { timeoutMs: 30_000 });
  return stdout.split('\n').filter(isOurs);
}
