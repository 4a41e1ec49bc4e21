// The lab and its report inside of a GitHub job. In: LAB, PROVIDER, OPTIONS, BASELINE. Out: the job's summary, the outputs `results` and
// `markdown`, and the exit code of the lab, else of the baseline check.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRegularFile } from '../regular-file.mjs';

const trafficlab = fileURLToPath(new URL('../trafficlab.mjs', import.meta.url));
const { LAB, PROVIDER, OPTIONS = '', BASELINE, RUNNER_TEMP, GITHUB_OUTPUT, GITHUB_STEP_SUMMARY } = process.env;
const results = join(RUNNER_TEMP, 'trafficlab-results');
const markdown = join(results, 'report.md');
const MOST = 32 * 1024 * 1024;
rmSync(markdown, { force: true }); // of an earlier step of the job

const lab = await run([
  'lab',
  LAB,
  '--results',
  results,
  ...(PROVIDER ? ['--provider', PROVIDER] : []),
  ...OPTIONS.split(/\s+/).filter(Boolean),
]);
if (lab.status !== 0) annotate(lab.error);
let { status } = lab;
if (existsSync(results)) {
  const check = BASELINE ? ['--baseline', BASELINE] : [];
  const report = await run(['report', '--results', results, '--format', 'all', '--out', results, ...check]);
  if (report.status !== 0) annotate(report.error ?? `the baseline does not hold: ${report.output.trim().split('\n').at(-1)}`);
  status ||= report.status;
  appendFileSync(GITHUB_OUTPUT, `results=${results}\n`);
}
if (existsSync(markdown)) {
  appendFileSync(GITHUB_STEP_SUMMARY, readRegularFile(markdown, MOST));
  appendFileSync(GITHUB_OUTPUT, `markdown=${markdown}\n`);
}
process.exitCode = status;

/** What it says goes to the job's log as it comes. */
function run(args) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [trafficlab, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let last = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.stderr.on('data', (chunk) => {
      last = `${last}${chunk}`.slice(-4000);
      process.stderr.write(chunk);
    });
    child.on('close', (code, signal) => {
      // An error is the last thing that trafficlab says.
      const error = last.split('\n').findLast((line) => line.startsWith('trafficlab: '));
      done({ status: code ?? (signal === 'SIGINT' ? 130 : 1), output, error });
    });
  });
}

/** An error that GitHub shows beside the job; the escapes are those of its workflow commands. */
function annotate(text) {
  const escaped = (text ?? 'the lab failed').replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  console.log(`::error title=trafficlab::${escaped}`);
}
