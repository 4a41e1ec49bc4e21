import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { rename, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SetUpError } from './main.mjs';
import { reason, runQuietly } from './run.mjs';

const KEPT_BUILDS = 5;
const prefix = '.dist-';
const inputs = ['src', 'tsdown.config.ts', 'tsconfig.json', 'package.json', 'package-lock.json'];

/**
 * `dist` is a symbolic link to a build whose name says which sources it was made from. So a build appears at once and whole,
 * and a command that is running keeps the build it began with, also for what it loads late.
 */
export function isCurrent(root) {
  return linked(root) === nameOf(root) && existsSync(join(root, 'dist', 'cli.mjs'));
}

/** Builds dist from src and keeps the last few builds, for commands that are still running. */
export async function build(root) {
  const name = nameOf(root); // before the build: what changes meanwhile is built again next time
  const target = join(root, name);
  if (!existsSync(join(target, 'cli.mjs'))) await buildInto(root, target);
  const link = join(root, `${prefix}link-${process.pid}`);
  await rm(link, { force: true });
  await symlink(name, link);
  if (linked(root) === undefined) await rm(join(root, 'dist'), { recursive: true, force: true });
  await rename(link, join(root, 'dist'));
  await removeOldBuilds(root, name);
}

async function buildInto(root, target) {
  const temporary = join(root, `${prefix}${process.pid}.tmp`);
  await rm(temporary, { recursive: true, force: true });
  await rm(target, { recursive: true, force: true });
  const tsdown = join(root, 'node_modules', 'tsdown', 'dist', 'run.mjs');
  const { exitCode, output } = await runQuietly([process.execPath, tsdown, '--out-dir', temporary], {
    announcement: 'building from src ...',
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  if (exitCode !== 0 || !existsSync(join(temporary, 'cli.mjs'))) {
    await rm(temporary, { recursive: true, force: true });
    throw new SetUpError(`the build failed:\n${reason(output)}`, {
      remedy: 'src has an error; `npm run check` shows it in full',
      exitCode: 1,
    });
  }
  await rename(temporary, target);
}

/** Names, sizes and times of all that goes into a build; a file that is gone changes it as much as one that is new. */
function nameOf(root) {
  const hash = createHash('sha256');
  const add = (path) => {
    const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.isDirectory()) for (const entry of readdirSync(join(root, path)).sort()) add(`${path}/${entry}`);
    else hash.update(`${path} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}\n`);
  };
  for (const path of inputs) add(path);
  return prefix + hash.digest('hex').slice(0, 16);
}

function linked(root) {
  try {
    return readlinkSync(join(root, 'dist'));
  } catch {
    return undefined;
  }
}

async function removeOldBuilds(root, current) {
  const builds = readdirSync(root)
    .filter((name) => name.startsWith(prefix) && name !== current)
    .map((name) => ({ path: join(root, name), name, made: lstatSync(join(root, name)).mtimeMs }))
    .sort((a, b) => b.made - a.made);
  const whole = builds.filter(({ name }) => /^\.dist-[0-9a-f]{16}$/.test(basename(name)));
  const halves = builds.filter((one) => !whole.includes(one)); // under the lock nobody else builds, so these are from builds that were killed
  for (const { path } of [...halves, ...whole.slice(KEPT_BUILDS - 1)]) await rm(path, { recursive: true, force: true });
}
