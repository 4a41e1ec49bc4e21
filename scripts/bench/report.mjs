// A report of 50 scenarios, from histograms as wide as measured ones: how long it takes to make, how large it is, how long Chromium takes
// from the address to its load event. Goals: under 5 MB, opened in under 2 s. Options: --json. Without Chromium the last is skipped.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium as driver } from 'playwright-core';
import { build } from 'tsdown';

const SIZE_GOAL_MB = 5;
const OPEN_GOAL_MS = 2000;
const ROUNDS = 5;
const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(root, 'node_modules', '.cache');
await mkdir(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'bench-report-'));
try {
  const { fiftyScenarios, reportHtml, makeReport, chromium, flags } = await modules();
  const run = fiftyScenarios();
  const report = makeReport({ made: new Date(0).toISOString(), trafficlab: 'bench', runs: [run] });
  reportHtml(report); // once before: the libraries are read and compiled
  const started = performance.now();
  const html = reportHtml(report);
  const renderMs = performance.now() - started;
  const file = join(folder, 'report.html');
  writeFileSync(file, html);
  const sizeMB = statSync(file).size / 1e6;
  const openMs = chromium && (await openings(file, chromium, flags));
  const figures = { scenarios: run.plan.families[0].scenarios.length, renderMs, sizeMB, openMs };
  if (process.argv.includes('--json')) console.log(JSON.stringify(figures, undefined, 2));
  else show(figures);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Node 20 runs no TypeScript, so what is measured becomes modules first, written where their libraries are found. */
async function modules() {
  const entry = {
    runs: join(root, 'test/report/many-scenarios.ts'),
    page: join(root, 'src/report/html/page.ts'),
    report: join(root, 'src/report/report.ts'),
    chromium: join(root, 'test/browser/chromium.ts'),
  };
  await build({ cwd: root, config: false, entry, outDir: folder, format: 'esm', dts: false, clean: false, logLevel: 'error' });
  const names = Object.keys(entry);
  const loaded = await Promise.all(names.map((name) => import(pathToFileURL(join(folder, `${name}.mjs`)).href)));
  return Object.assign({}, ...loaded);
}

/** Milliseconds from the address to the load event, with a browser that is up and a context of its own for each. */
async function openings(path, executablePath, args) {
  const browser = await driver.launch({ executablePath, args });
  try {
    const all = [];
    for (let round = 0; round < ROUNDS; round++) {
      const context = await browser.newContext({ offline: true });
      const page = await context.newPage();
      const start = performance.now();
      await page.goto(pathToFileURL(path).href);
      all.push(performance.now() - start);
      await context.close();
    }
    return { median: all.sort((one, other) => one - other)[Math.floor(ROUNDS / 2)], slowest: all.at(-1) };
  } finally {
    await browser.close();
  }
}

function show({ scenarios, renderMs, sizeMB, openMs }) {
  const verdict = (met) => (met ? 'met' : 'missed');
  console.log(`report of ${scenarios} scenarios (load average ${loadavg()[0].toFixed(1)})`);
  console.log(`  made in    ${renderMs.toFixed(0)} ms`);
  console.log(`  size       ${sizeMB.toFixed(2)} MB; goal: < ${SIZE_GOAL_MB} MB: ${verdict(sizeMB < SIZE_GOAL_MB)}`);
  if (!openMs) console.log('  opened in  skipped: no chromium, chromium-browser or google-chrome on PATH');
  else
    console.log(
      `  opened in  ${openMs.median.toFixed(0)} ms, slowest of ${ROUNDS} ${openMs.slowest.toFixed(0)} ms; goal: < ${OPEN_GOAL_MS} ms: ${verdict(openMs.slowest < OPEN_GOAL_MS)}`,
    );
}
