// What `lab iptables` on kind takes beside creating and deleting the cluster, loading images, and the load windows with their
// warm-ups, at the default windows. Goal: 15 s. Image loading is reported apart (nodes become Ready meanwhile).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../trafficlab.mjs', import.meta.url));
const results = mkdtempSync(join(tmpdir(), 'trafficlab-bench-'));
try {
  const short = process.argv.includes('--short') ? ['--blocks', '2'] : [];
  const start = performance.now();
  const run = spawnSync(process.execPath, [command, 'lab', 'iptables', '--provider', 'kind', '--results', results, ...short], {
    encoding: 'utf8',
  });
  const wallS = (performance.now() - start) / 1000;
  if (run.status === 3) console.log(`skipped: ${run.stderr.trim().split('\n').at(-1)}`);
  else if (run.status !== 0) {
    console.log(`failed with exit code ${run.status}\n${run.stderr.slice(-2000)}`);
    process.exitCode = 1;
  } else report(wallS);
} finally {
  rmSync(results, { recursive: true, force: true });
}

function report(wallS) {
  const directory = join(results, 'iptables', readdirSync(join(results, 'iptables'))[0]);
  const plan = JSON.parse(readFileSync(join(directory, 'plan.json'), 'utf8'));
  const records = readFileSync(join(directory, 'results.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const phase = (prefix) =>
    records
      .filter(({ type, name }) => type === 'phase' && name.startsWith(prefix))
      .reduce((sum, { durationMs }) => sum + durationMs / 1000, 0);
  const cells = records.filter(({ type }) => type === 'cell');
  const windowsS = phase('warm-up') + cells.reduce((sum, { durationMs }) => sum + durationMs / 1000 + plan.lab.load.warmup, 0);
  const overheadS = wallS - phase('create') - phase('delete') - phase('load-images') - windowsS;
  const figures = {
    wallS,
    createS: phase('create'),
    deleteS: phase('delete'),
    loadImagesS: phase('load-images'),
    readyS: phase('ready'),
    windowsS,
    overheadS,
  };
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(12)} ${value.toFixed(1)} s`);
  console.log(`goal: overheadS <= 15 s: ${overheadS <= 15 ? 'met' : 'missed'}`);
}
