// What `npm run lab nftables` takes on netns beside its load windows, and where that went; goal: 3 s. And, not in the short form, the
// wall time of `npm run lab ipvs`; goal: a minute. Options: --short (2 blocks, nftables only), --json.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OVERHEAD_GOAL_SECONDS = 3;
const IPVS_GOAL_SECONDS = 60;
const root = fileURLToPath(new URL('../..', import.meta.url));
const flags = process.argv.slice(2);
const short = flags.includes('--short');

const labs = [
  {
    lab: 'nftables',
    options: short ? ['--blocks', '2'] : [],
    goal: ({ overheadS }) => ['overheadS', overheadS, OVERHEAD_GOAL_SECONDS],
  },
  ...(short ? [] : [{ lab: 'ipvs', options: [], goal: ({ wallS }) => ['wallS', wallS, IPVS_GOAL_SECONDS] }]),
];
const all = {};
for (const { lab, options, goal } of labs) {
  const figures = measure(lab, options);
  if (!figures) continue;
  const [name, value, most] = goal(figures);
  all[lab] = { ...figures, goal: { [name]: most }, met: value <= most };
  if (flags.includes('--json')) continue;
  console.log(`npm run lab ${[lab, ...options].join(' ')}`);
  for (const [what, seconds] of Object.entries(figures)) console.log(`  ${what.padEnd(16)} ${seconds.toFixed(2)} s`);
  console.log(`  goal: ${name} <= ${most} s: ${value <= most ? 'met' : 'missed'} (load average ${loadavg()[0].toFixed(1)})`);
}
if (flags.includes('--json')) console.log(JSON.stringify(all, undefined, 2));

function measure(lab, options) {
  const results = mkdtempSync(join(tmpdir(), 'trafficlab-bench-'));
  try {
    const start = Date.now();
    const argv = ['run', '--silent', 'lab', lab, '--', '--provider', 'netns', '--results', results, ...options];
    const run = spawnSync('npm', argv, { cwd: root, encoding: 'utf8' });
    const end = Date.now();
    if (run.status === 0) return figuresOf(join(results, lab), start, end);
    console.log(`${run.status === 3 ? 'skipped' : `failed with exit code ${run.status}`}: ${run.stderr.slice(-2000)}`);
    if (run.status !== 3) process.exitCode = 1;
  } finally {
    rmSync(results, { recursive: true, force: true });
  }
}

/** Seconds. Windows are with their own warm-ups, as long as they were asked for; all else adds up to `overheadS`, the first warm-up apart. */
function figuresOf(folder, start, end) {
  const directory = join(folder, readdirSync(folder)[0]);
  const plan = JSON.parse(readFileSync(join(directory, 'plan.json'), 'utf8'));
  const planned = statSync(join(directory, 'plan.json')).mtimeMs;
  const records = readFileSync(join(directory, 'results.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map((record) => ({ ...record, at: Date.parse(record.at) }));
  const phases = records.filter(({ type }) => type === 'phase');
  const creations = phases.filter(({ name }) => name.startsWith('create '));
  const cells = records.filter(({ type }) => type === 'cell');
  const warmUp = phases.find(({ name }) => name === 'warm-up');
  const entered = creations[0].at - creations[0].durationMs;
  const created = Math.max(...creations.map(({ at }) => at));
  const warm = warmUp.at - warmUp.durationMs;
  const windows = cells.reduce((sum, { durationMs }) => sum + durationMs + plan.lab.load.warmup * 1000, 0);
  const last = cells.at(-1).at;
  const ended = records.findLast(({ type }) => type === 'end').at;
  const overhead = {
    planS: planned - start, // npm, the set-up check, a look at the machine
    enterS: entered - planned, // the sandbox, or User-Mode Linux's boot, and the command inside
    clustersS: created - entered,
    podsAndProofsS: warm - created,
    betweenWindowsS: last - warmUp.at - windows,
    takeDownS: ended - last, // with the last proofs
    reportS: end - ended,
  };
  const milliseconds = {
    wallS: end - start,
    windowsS: windows,
    warmUpS: warmUp.durationMs,
    overheadS: end - start - windows - warmUp.durationMs,
    ...overhead,
  };
  return Object.fromEntries(Object.entries(milliseconds).map(([name, ms]) => [name, ms / 1000]));
}
