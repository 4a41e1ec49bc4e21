// Packs trafficlab, installs the tarball into an empty folder as a user would, and runs it there: help, a plan, and the package's own API.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'trafficlab-pack-'));
/** What npm hands down to a script of its own is not meant for the npm inside. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^TRAFFICLAB_/i.test(name)));

try {
  const [{ filename, files }] = JSON.parse(
    run(root, 'npm', 'pack', '--json', '--pack-destination', folder).replace(/^[^[]*/s, ''),
  );
  const paths = files.map(({ path }) => path);
  for (const path of ['dist/cli.mjs', 'dist/index.mjs', 'dist/agent.mjs', 'labs/smoke.yaml', 'scripts/trafficlab.mjs'])
    expect(paths.includes(path), `${path} is not in ${filename}`);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', version: '0.0.0', private: true, type: 'module' }));
  run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', `./${filename}`);
  expect(run(folder, 'npx', '--no-install', 'trafficlab', '--help').includes('Usage: trafficlab'), 'no help');
  expect(run(folder, 'npx', '--no-install', 'trafficlab', 'lab', '--help').includes('--dry-run'), 'no help of lab');
  expect(/smoke/.test(run(folder, 'npx', '--no-install', 'trafficlab', 'lab')), 'no list of labs');
  for (const dashes of [['--'], []]) {
    const plan = ['lab', 'smoke', ...dashes, '--provider', 'netns', '--dry-run'];
    expect(/cluster-ip/.test(run(folder, 'npx', '--no-install', 'trafficlab', ...plan)), 'no plan');
  }
  writeFileSync(join(folder, 'use.mjs'), "import { loadLab } from 'trafficlab';\nconsole.log((await loadLab('smoke')).name);\n");
  expect(run(folder, process.execPath, 'use.mjs') === 'smoke\n', 'no API');
  expect(!existsSync(join(folder, 'results')), 'a dry run has made results');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  console.log(`trafficlab ${version} packed (${paths.length} files), installed and run`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(cwd, program, ...args) {
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: 300_000 });
}

function expect(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}
