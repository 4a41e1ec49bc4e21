import type { Engine } from '../engine/engine.ts';
import { CONTAINER_LABEL, isOurs, ownerAlive } from '../engine/names.ts';
import type { KindProgram } from './kind-program.ts';

/** Deletes our clusters and containers whose process is gone; what a living trafficlab uses is left alone. */
export async function sweepKind(engine: Engine, kind: KindProgram, kubeconfig: string): Promise<string[]> {
  const swept: string[] = [];
  for (const name of await ourClusters(kind)) {
    if (ownerAlive(name)) continue;
    await kind.run(['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig], { timeoutMs: 120_000 });
    swept.push(`cluster ${name}`);
  }
  const format = `{{.Names}}\t{{.Label "${CONTAINER_LABEL}"}}`;
  const { stdout } = await engine.run(['ps', '--all', '--filter', `label=${CONTAINER_LABEL}`, '--format', format], {
    timeoutMs: 30_000,
  });
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [container = '', cluster = ''] = line.split('\t');
    if (ownerAlive(cluster)) continue;
    await engine.run(['rm', '--force', '--volumes', container], { timeoutMs: 60_000 });
    swept.push(`container ${container}`);
  }
  return swept;
}

/** Names of the clusters that trafficlab made. */
export async function ourClusters(kind: KindProgram): Promise<string[]> {
  const { stdout } = await kind.run(['get', 'clusters'], { timeoutMs: 30_000 });
  return stdout.split('\n').filter(isOurs);
}
