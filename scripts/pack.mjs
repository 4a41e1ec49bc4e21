// Around `npm pack`: `before` puts a copy of the build where the link to it was, because npm leaves links out; `after` puts the link back. Where that
// did not come to be, the next command of trafficlab does so.
import { cpSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { main } from './set-up/main.mjs';
import { root } from './set-up/root.mjs';
import { setUp } from './set-up/set-up.mjs';

const dist = join(root, 'dist');

main(async () => {
  await setUp(); // the build of these sources, behind its link
  if (process.argv[2] !== 'before') return;
  const build = realpathSync(dist);
  rmSync(dist);
  cpSync(build, dist, { recursive: true });
});
