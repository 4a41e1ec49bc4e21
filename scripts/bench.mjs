// npm run bench [-- --short] [-- --json]: every figure that has a goal, one after another; what cannot be measured here is skipped with the reason.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('./bench', import.meta.url));
const options = process.argv.slice(2);
const wanted = options.filter((option) => !option.startsWith('--'));
const benches = readdirSync(folder)
  .filter((file) => file.endsWith('.mjs') && !file.startsWith('_'))
  .sort();

let failed = 0;
for (const file of benches) {
  const name = basename(file, '.mjs');
  if (wanted.length && !wanted.includes(name)) continue;
  console.log(`\n## ${name}`);
  const flags = options.filter((option) => option.startsWith('--'));
  const { status } = spawnSync(process.execPath, [join(folder, file), ...flags], { stdio: 'inherit' });
  if (status !== 0) failed += 1;
}
process.exitCode = failed ? 1 : 0;
