import { readFileSync } from 'node:fs';
import { readlink, rename, symlink, unlink } from 'node:fs/promises';
import { SetUpError, say } from './main.mjs';

const INTERVAL_MS = 100;
const DEADLINE_MS = 15 * 60_000;

/**
 * Does the work while no other process does. The lock is a symbolic link whose target names its holder: made and read in one system call each, so it is never half written.
 * A holder that died, however it died, holds nothing.
 */
export async function withLock(path, work) {
  await acquire(path);
  try {
    return await work();
  } finally {
    await unlink(path).catch(() => {});
  }
}

async function acquire(path) {
  const end = Date.now() + DEADLINE_MS;
  for (let said = false; ; ) {
    try {
      return await symlink(identity(process.pid), path);
    } catch (error) {
      if (error.code !== 'EEXIST') throw notWritable(path, error);
    }
    const holder = await readlink(path).catch(() => undefined);
    if (holder === undefined) continue;
    if (!isAlive(holder)) {
      await takeAway(path, holder);
      continue;
    }
    if (Date.now() > end)
      throw new SetUpError(`waited 15 minutes for another set-up (process ${pidOf(holder)})`, {
        remedy: `if there is none: rm ${path}`,
      });
    if (!said) say(`waiting for another set-up (process ${pidOf(holder)}) ...`);
    said = true;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

/** Between look and rename another process may have done the same and be the holder now; then its lock goes back. */
async function takeAway(path, deadHolder) {
  const aside = `${path}.${process.pid}`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  const holder = await readlink(aside);
  if (holder !== deadHolder) await symlink(holder, path).catch(() => {});
  await unlink(aside);
}

const pidOf = (holder) => Number(holder.split('-')[0]);

function isAlive(holder) {
  const pid = pidOf(holder);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  return holder === identity(pid);
}

/** Process numbers are used again, the time of a process's start is not (proc(5), stat, field 22); elsewhere than on Linux the number must do. */
function identity(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ');
    return `${pid}-${fields[19]}`;
  } catch {
    return `${pid}-`;
  }
}

const notWritable = (path, error) =>
  new SetUpError(`set-up cannot write beside package.json (${error.code}: ${path})`, {
    remedy: 'run it once as the owner of this folder, or use a clone of your own',
  });
