#!/usr/bin/env node
// What the npm scripts and the bin start: plain JavaScript without dependencies, because at first nothing is installed and Node 20 runs no TypeScript.
import './set-up/node-version.mjs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from './set-up/main.mjs';
import { setUp } from './set-up/set-up.mjs';
import { refuseSwallowedOptions } from './set-up/swallowed-options.mjs';

main(async () => {
  refuseSwallowedOptions(process.env, process.argv.slice(2));
  const bundle = await setUp();
  process.env.TRAFFICLAB_BUILD = dirname(fileURLToPath(bundle)); // the same command in a sandbox goes on with the same build
  await import(bundle);
});
