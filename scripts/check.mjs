// node scripts/check.mjs [--fix]: all that can be said about the code without running it, in seconds, without root and without an engine.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const bin = (name) => join('node_modules', '.bin', name);
const node = process.execPath;
const schemas = 'scripts/json-schemas.mjs';
const optionFiles = 'scripts/option-files.mjs';

const checks = [
  { name: 'lock file', argv: [node, 'scripts/lock-file.mjs'], fix: ['--fix'] },
  ...(existsSync(schemas) ? [{ name: 'JSON schemas', argv: [node, schemas, '--check'], fixArgv: [node, schemas] }] : []),
  { name: 'options', argv: [node, optionFiles, '--check'], fixArgv: [node, optionFiles] },
  { name: 'documentation', argv: [node, 'scripts/dead-links.mjs'] },
  {
    name: 'lint and format',
    argv: [bin('biome'), 'check', ...(process.stdout.isTTY ? ['--colors=force'] : []), '--error-on-warnings'],
    fix: ['--write'],
  },
  {
    name: 'types',
    argv: [
      bin('tsc'),
      '-p',
      '.',
      '--pretty',
      String(process.stdout.isTTY === true),
      '--incremental',
      '--tsBuildInfoFile',
      'node_modules/.cache/tsc.json',
    ],
  },
  { name: 'imports', argv: [bin('depcruise'), '--config', '.dependency-cruiser.mjs', '--output-type', 'err-long', 'src'] },
  { name: 'unused', argv: [bin('knip'), '--no-progress'] },
];

if (process.argv.includes('--fix'))
  for (const { argv, fix, fixArgv } of checks) if (fix || fixArgv) await run(fixArgv ?? [...argv, ...fix]);

const failed = await Promise.all(checks.map(report));
process.exitCode = failed.includes(true) ? 1 : 0;

async function report({ name, argv, fix, fixArgv }) {
  const started = performance.now();
  const { exitCode, output } = await run(argv);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (exitCode === 0) console.log(`ok      ${name} (${seconds} s)`);
  else
    console.log(
      `FAILED  ${name} (${seconds} s)${fix || fixArgv ? ': npm run fix mends what can be mended' : ''}\n${output.trimEnd()}\n`,
    );
  return exitCode !== 0;
}

function run([file, ...args]) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, output }));
  });
}
