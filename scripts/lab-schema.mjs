// Writes labs/lab.schema.json from the zod schema of lab files, so that editors complete them.
// `node scripts/lab-schema.mjs` writes it, `--check` says whether it is up to date.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'tsdown';
import { z } from 'zod';

const file = new URL('../labs/lab.schema.json', import.meta.url);
const labSchema = await loadTypeScript(new URL('../src/lab/schema.ts', import.meta.url));
const wanted = `${JSON.stringify(z.toJSONSchema(labSchema, { io: 'input' }), null, 2)}\n`;

if (!process.argv.includes('--check')) {
  await writeFile(file, wanted);
} else if ((await readFile(file, 'utf8').catch(() => '')) !== wanted) {
  console.error('labs/lab.schema.json is not what src/lab/schema.ts says; write it anew with: node scripts/lab-schema.mjs');
  process.exitCode = 1;
}

/** Node 20 runs no TypeScript, so the file and what it imports become one module first, written where zod is found. */
async function loadTypeScript(source) {
  const outDir = fileURLToPath(new URL(`../node_modules/.cache/lab-schema-${process.pid}`, import.meta.url));
  try {
    await build({
      entry: { schema: fileURLToPath(source) },
      outDir,
      format: 'esm',
      dts: false,
      config: false,
      logLevel: 'error',
    });
    return (await import(join(outDir, 'schema.mjs'))).labSchema;
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}
