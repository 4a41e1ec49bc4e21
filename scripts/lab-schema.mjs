// Writes labs/lab.schema.json from the zod schema of lab files, so that editors complete them.
// `node scripts/lab-schema.mjs` writes it, `--check` says whether it is up to date.
import { readFile, rm, writeFile } from 'node:fs/promises';
import process from 'node:process';
import ts from 'typescript';
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

/** Node 20 runs no TypeScript. schema.ts imports zod alone, so its types taken off it runs from where zod is found. */
async function loadTypeScript(source) {
  const { outputText } = ts.transpileModule(await readFile(source, 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext },
  });
  const compiled = new URL(`../node_modules/.lab-schema-${process.pid}.mjs`, import.meta.url);
  try {
    await writeFile(compiled, outputText);
    return (await import(compiled.href)).labSchema;
  } finally {
    await rm(compiled, { force: true });
  }
}
