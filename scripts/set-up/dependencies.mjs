import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SetUpError } from './main.mjs';
import { reason, runQuietly } from './run.mjs';

/** True when node_modules is what package-lock.json asks for, as far as a stamp can tell. */
export function areInstalled(root) {
  return read(stampFile(root)) === wanted(root);
}

/** Installs exactly what package-lock.json says, unless that is what is there. */
export async function install(root) {
  const stamp = wanted(root);
  if (!isInstalledByHand(root)) {
    const { exitCode, output } = await runQuietly(
      [...npm(), 'ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'],
      {
        announcement: 'installing packages (npm ci), once per package-lock.json ...',
        cwd: root,
        env: withoutRunOptions(process.env),
      },
    );
    if (exitCode !== 0)
      throw new SetUpError(`npm ci failed (exit code ${exitCode}):\n${reason(output)}`, {
        remedy: `when it was the network: try again; when package.json was edited: run \`npm install\` in ${root}`,
      });
  }
  writeFileSync(stampFile(root), stamp);
}

const stampFile = (root) => join(root, 'node_modules', '.trafficlab-lock');

/** Platform and architecture too: some packages are native, and a folder can be shared with a container or another machine. */
function wanted(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`;
}

/** npm keeps beside the packages a list of what it put there, written last; someone who ran `npm install` need not wait for it again. */
function isInstalledByHand(root) {
  const stamped = read(stampFile(root));
  if (stamped !== undefined && !stamped.endsWith(` ${process.platform}-${process.arch}\n`)) return false;
  const installed = packages(read(join(root, 'node_modules', '.package-lock.json')));
  const asked = packages(read(join(root, 'package-lock.json')));
  if (!installed || !asked) return false;
  const same = (path) => JSON.stringify(installed[path]) === JSON.stringify(asked[path]);
  return (
    Object.keys(asked).every((path) => path === '' || same(path) || (asked[path].optional && !installed[path])) &&
    Object.keys(installed).every(same)
  );
}

const packages = (text) => {
  try {
    return JSON.parse(text).packages;
  } catch {
    return undefined;
  }
};

/** The npm that started this command, else the one on PATH. */
function npm() {
  const { npm_execpath: started } = process.env;
  return started && basename(started).startsWith('npm-cli') && existsSync(started) ? [process.execPath, started] : ['npm'];
}

/** npm hands its own options down as environment; `npm run -s` and the like are meant for that npm and not for this one. */
const withoutRunOptions = (env) =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^npm_config_(dry_run|json|force|loglevel|omit|production|workspaces?)$/i.test(name)),
  );

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
