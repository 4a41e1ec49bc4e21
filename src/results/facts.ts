import { join } from 'node:path';
import { z } from 'zod';
import { fileError } from '../files/file-error.ts';
import { readTextIfThere } from '../files/read-file.ts';
import { writeInto } from '../files/write-file.ts';
import { plainLabel } from '../plain.ts';
import { fileNames, MOST_BYTES } from './directory.ts';
import { clusterFacts, RESULTS_FORMAT } from './schema.ts';

/** facts.json: what was observed of the machine, and of every cluster by `factsKey`. */
export const factsFile = z.object({
  format: z.literal(RESULTS_FORMAT),
  clusters: z.record(z.string(), clusterFacts),
  machine: z.looseObject({}),
});

export type FactsFile = z.infer<typeof factsFile>;

/**
 * Adds to a run's facts.json what has been observed so far; facts of the same cluster or name are replaced. Families run one after
 * another, maybe in processes of their own, so what stands there already is kept. The file is never seen half written.
 */
export async function addFacts(directory: string, added: Partial<Omit<FactsFile, 'format'>>): Promise<void> {
  const path = join(directory, fileNames.facts);
  const text = await readTextIfThere(path, MOST_BYTES);
  const before: FactsFile =
    text === undefined ? { format: RESULTS_FORMAT, clusters: {}, machine: {} } : factsFile.parse(JSON.parse(text));
  const after = factsFile.parse({
    format: RESULTS_FORMAT,
    clusters: { ...before.clusters, ...added.clusters },
    machine: { ...before.machine, ...added.machine },
  });
  await writeInto(directory, fileNames.facts, `${JSON.stringify(after, undefined, 2)}\n`).catch((error: unknown) => {
    throw fileError(error, `cannot write ${plainLabel(path)}`, { begun: true });
  });
}
