// Writes the JSON Schemas that are published from the zod schemas they are made of: of lab files, so that editors complete them, and of
// reports, for those who read them. `node scripts/json-schemas.mjs` writes them, `--check` says whether they are up to date.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { loadTypeScript } from './load-typescript.mjs';
import { root } from './set-up/root.mjs';

const published = [
  { file: 'labs/lab.schema.json', source: 'src/lab/schema.ts', name: 'labSchema' },
  { file: 'docs/report.schema.json', source: 'src/report/json-schema.ts', name: 'reportSchema' },
];

const schemas = await loadTypeScript(
  root,
  published.map(({ source }) => source),
);
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
