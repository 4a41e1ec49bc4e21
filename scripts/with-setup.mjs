#!/usr/bin/env node
// node scripts/with-setup.mjs [PROGRAM ARGUMENT...]: the same set-up as `npm run lab`, then the program, with node_modules/.bin on PATH.
import './set-up/node-version.mjs';
import { delimiter, join } from 'node:path';
import { main } from './set-up/main.mjs';
import { root } from './set-up/root.mjs';
import { runThrough } from './set-up/run.mjs';
import { setUp } from './set-up/set-up.mjs';

main(async () => {
  await setUp();
  const argv = process.argv.slice(2);
  if (argv.length === 0) return;
  const PATH = join(root, 'node_modules', '.bin') + delimiter + process.env.PATH;
  process.exitCode = await runThrough(argv, { env: { ...process.env, PATH } });
});
