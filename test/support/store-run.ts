import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addFacts } from '../../src/results/facts.ts';
import type { Run } from '../../src/results/run.ts';
import { RESULTS_FORMAT } from '../../src/results/schema.ts';

/** Writes a simulated run as the lab would, into `<results>/<lab>/<name>`; returns its folder. */
export async function storeRun(results: string, name: string, run: Run): Promise<string> {
  const folder = join(results, run.plan.lab.name, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'plan.json'), JSON.stringify({ ...run.plan, format: RESULTS_FORMAT }));
  await addFacts(folder, { clusters: run.facts, machine: run.machine });
  const records = [...run.proofs, ...run.cells, ...run.skips, ...run.phases, ...run.ends];
  await writeFile(join(folder, 'results.ndjson'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return folder;
}
