// node scripts/trace-report.mjs REPORT [FOLDER ...]
// Computes every figure of a report anew from the raw results.ndjson, plan.json and facts.json of its runs, and tells each that differs;
// exit code 1 then. REPORT is report.json, or report.html, which has it inside. A FOLDER holds runs that lie elsewhere than where the
// report says: a run's own, or one above it. Nothing here is shared with the report: no module of src/, no histogram or statistics library.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ownAnalysis, ownBetween, ownCheck } from './trace-report/analysis.mjs';
import { readRawRun } from './trace-report/raw-run.mjs';
import { walk } from './trace-report/walk.mjs';

const [file, ...folders] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node scripts/trace-report.mjs REPORT [FOLDER ...]');
  process.exit(2);
}
const report = reportIn(readFileSync(file, 'utf8'));
const raw = new Map(report.runs.map(({ analysis: { directory } }) => [directory, readRawRun(folderOf(directory))]));

const results = [
  ...report.runs.map(({ analysis }) => walk(analysis, ownAnalysis(raw.get(analysis.directory), analysis), nameOf(analysis))),
  ...report.between.map((analysis) => walk(analysis, ownBetween(raw, analysis), `between/${nameOf(analysis.run)}`)),
  ...report.checks.map((check) => walk(check, ownCheck(raw, check), `check/${nameOf(check.run)}`)),
];
const differences = [...results.flatMap((result) => result.differences), ...report.runs.flatMap(copiedWrongly)];
const traced = results.reduce((sum, result) => sum + result.traced, 0);
for (const difference of differences) console.log(difference);
console.log(`${traced.toLocaleString('en')} figures traced, ${differences.length} differ`);
process.exitCode = differences.length > 0 || traced === 0 ? 1 : 0;

function nameOf({ lab, directory }) {
  return `${lab}/${basename(directory)}`;
}

/** The raw records that the report holds itself are the ones on disk; they are no figures, so they are not counted. */
function copiedWrongly({ run }) {
  const records = raw.get(run.directory).records.filter(({ type }) => type === 'cell');
  return walk(run.cells, records, `${nameOf({ lab: run.plan.lab.name, directory: run.directory })}/cells`).differences;
}

/** The report, or the one inside of a page. */
function reportIn(text) {
  const candidates = text.trimStart().startsWith('{')
    ? [text]
    : [...text.matchAll(/<script[^>]*type="application\/json"[^>]*>([\s\S]*?)<\/script>/g)].map(([, inside]) => inside);
  const found = candidates.map((candidate) => JSON.parse(candidate)).find(({ kind }) => kind === 'report');
  if ([1, 2].includes(found?.format)) return found;
  console.error(`${file} is not a report of format 1 or 2; create one with: npm run report -- --format json`);
  process.exit(2);
}

function folderOf(directory) {
  const [name, lab] = [basename(directory), basename(dirname(directory))];
  const places = folders.flatMap((folder) => [folder, join(folder, name), join(folder, lab, name)]);
  const moved = places.find((place) => basename(place) === name && existsSync(join(place, 'plan.json')));
  return moved ?? directory;
}
