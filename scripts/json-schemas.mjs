// Writes the JSON Schemas that are published from the zod schemas they are made of: of lab files, so that editors complete them, and of
// reports, for those who read them. `node scripts/json-schemas.mjs` writes them, `--check` says whether they are up to date.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'tsdown';
import { z } from 'zod';

const root = fileURLToPath(new URL('..', import.meta.url));
const published = [
  { file: 'labs/lab.schema.json', source: 'src/lab/schema.ts', name: 'labSchema' },
  { file: 'docs/report.schema.json', source: 'src/report/json-schema.ts', name: 'reportSchema' },
];

const schemas = await loadTypeScript(published.map(({ source }) => source));
for (const [index, { file, source, name }] of published.entries()) {
  const wanted = `${JSON.stringify(z.toJSONSchema(schemas[index][name], { io: 'input' }), null, 2)}\n`;
  const path = join(root, file);
  if (!process.argv.includes('--check')) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, wanted);
  } else if ((await readFile(path, 'utf8').catch(() => '')) !== wanted) {
    console.error(`${file} is not what ${source} says; write it anew with: node scripts/json-schemas.mjs`);
    process.exitCode = 1;
  }
}

/** Node 20 runs no TypeScript, so the files and what they import become modules first, written where zod is found. */
async function loadTypeScript(sources) {
  const outDir = join(root, `node_modules/.cache/json-schemas-${process.pid}`);
  const entry = Object.fromEntries(sources.map((source, index) => [`schema-${index}`, join(root, source)]));
  try {
    await build({ entry, outDir, format: 'esm', dts: false, config: false, logLevel: 'error' });
    return await Promise.all(sources.map((_, index) => import(join(outDir, `schema-${index}.mjs`))));
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}
