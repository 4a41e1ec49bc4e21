import { randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterFailure, cleaningUp, firstError, UsageError } from '../errors.ts';
import { plainLabel } from '../plain.ts';

/** Opens a folder, and not what a link leads to; open(2). */
const FOLDER = constants.O_RDONLY | (constants.O_DIRECTORY ?? 0) | (constants.O_NOFOLLOW ?? 0);
/** Where Linux shows what a process has open: a path through it cannot be swapped for a link meanwhile. */
const OPENED = '/proc/self/fd';

/**
 * Makes a folder and those above it that are lacking, each tried once. Node.js' own recursive mkdir takes ENOENT for a parent that is lacking, and so never
 * ends where the parent is there and the folder cannot be: on procfs, and behind a link that leads nowhere.
 * @throws the system's error about the first that cannot be made.
 */
export async function makeFolder(path: string): Promise<void> {
  const lacking: string[] = [];
  for (let at = path; !(await isFolder(at)); at = dirname(at)) {
    lacking.push(at);
    if (dirname(at) === at) break;
  }
  for (const folder of lacking.reverse()) await makeOne(folder);
}

/**
 * Writes a file into a folder, over one of that name. It appears at once and whole, by rename, so neither a link nor another name (a hard link) of
 * what was there is written through. Folders that are part of `name` are made, and refused where they are links.
 * The folder itself was chosen by the user, and may be reached by links.
 * @param name relative, with `/` between folders.
 * @throws UsageError where a folder on the way is a link, or something other than a file has the name; else the system's error.
 */
export async function writeInto(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  const parts = name.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new UsageError(`${plainLabel(name)} is not a valid file name in ${plainLabel(folder)}`);
  await makeFolder(folder);
  const file = parts.pop()!;
  await using place = await enter(folder, parts);
  await refuseOther(join(place.path, file), join(folder, name));
  await replace(place.path, file, content);
}

/**
 * Makes a folder in another, or takes one that is there.
 * @returns its path.
 * @throws UsageError where a link or something else has the name.
 */
export async function makeFolderIn(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  if ((await lstat(path)).isDirectory()) return path;
  throw noFolder(path);
}

const noFolder = (path: string): UsageError =>
  new UsageError(`${plainLabel(path)} is a link or not a folder; trafficlab writes only into real folders`, {
    remedy: 'delete it, or use another path',
  });

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
      throw error;
    },
  );
}

async function makeOne(path: string): Promise<void> {
  await mkdir(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST' && (await isFolder(path))) return; // another process was faster
    throw error;
  });
}

interface Place extends AsyncDisposable {
  readonly path: string;
}

/** Goes down from a folder, each step opened before the next is looked at. */
async function enter(folder: string, parts: readonly string[]): Promise<Place> {
  const opened: FileHandle[] = [];
  const close = async () => {
    for (const handle of opened) await handle.close();
  };
  const through = existsSync(OPENED);
  let path = folder;
  try {
    for (const [index, part] of parts.entries()) {
      const next = join(path, part);
      await mkdir(next).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      opened.push(await openFolder(next, join(folder, ...parts.slice(0, index + 1))));
      path = through ? join(OPENED, String(opened.at(-1)!.fd)) : next;
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: close };
}

async function openFolder(path: string, shown: string): Promise<FileHandle> {
  return open(path, FOLDER).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ELOOP' && error.code !== 'ENOTDIR') throw error;
    throw noFolder(shown);
  });
}

/** A folder, a FIFO or a device of that name is not for us to replace; a link is. */
async function refuseOther(path: string, shown: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found || found.isFile() || found.isSymbolicLink()) return;
  throw new UsageError(`${plainLabel(shown)} is not a regular file, so trafficlab does not replace it`, {
    remedy: 'delete it, or use another path',
  });
}

async function replace(folder: string, file: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(folder, `.trafficlab-${randomBytes(8).toString('hex')}.new`);
  const handle = await open(temporary, 'wx');
  try {
    await cleaningUp(
      () => handle.writeFile(content),
      () => handle.close(),
    );
    await rename(temporary, join(folder, file));
  } catch (error) {
    throw await afterFailure(firstError(error), () => rm(temporary, { force: true }));
  }
}
