import type { Engine } from './engine.ts';
import { CONTAINER_LABEL, ownerAlive } from './names.ts';

/** Deletes the containers that stood beside the nodes of clusters whose process is gone. */
export async function sweepContainers(engine: Engine): Promise<string[]> {
  const swept: string[] = [];
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
