import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { build } from 'tsdown';

/** Modules of TypeScript files, in their order. Node 20 runs no TypeScript, so they are built first, written where packages are found. */
export async function loadTypeScript(root, sources) {
  const outDir = join(root, `node_modules/.cache/load-typescript-${process.pid}`);
  const entry = Object.fromEntries(sources.map((source, index) => [`module-${index}`, join(root, source)]));
  try {
    await build({ entry, outDir, format: 'esm', dts: false, config: false, logLevel: 'error' });
    return await Promise.all(sources.map((_, index) => import(join(outDir, `module-${index}.mjs`))));
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}
