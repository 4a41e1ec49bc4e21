import { access, constants, readdir, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Machine } from './machine.ts';
import type { Program } from './programs.ts';

export interface FoundPrograms {
  /** Absolute path by name. */
  readonly paths: Readonly<Record<string, string>>;
  readonly missing: readonly Program[];
  /** What to add to the environment so that the programs are found and run, unpacked ones too. */
  readonly env: Readonly<Record<string, string>>;
}

/** Looks for programs on the machine, then among the packages that were unpacked before; changes nothing. */
export async function findPrograms(needs: readonly Program[], machine: Machine): Promise<FoundPrograms> {
  const roots = await unpackedRoots(machine.cacheDirectory);
  const paths: Record<string, string> = {};
  const used = new Set<string>();
  const missing: Program[] = [];
  for (const need of needs) {
    const here = await findIn(need.name, machine.searchPath);
    const root = here === undefined ? await findRoot(need.name, roots) : undefined;
    if (root) used.add(root.root);
    const path = here ?? root?.path;
    if (path === undefined) missing.push(need);
    else paths[need.name] = path;
  }
  return { paths, missing, env: await environment([...used], machine) };
}

/** The first of the folders' programs of that name that may be run. */
export async function findIn(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    if (await isProgram(path)) return path;
  }
  return undefined;
}

const isProgram = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isFile() === true &&
  (await access(path, constants.X_OK).then(
    () => true,
    () => false,
  ));

/** A name with a dot in front is work in progress, or was when it was killed. */
async function unpackedRoots(cacheDirectory: string): Promise<readonly string[]> {
  const names = await readdir(cacheDirectory).catch(() => []);
  return names.filter((name) => !name.startsWith('.')).map((name) => join(cacheDirectory, name));
}

const binaryFolders = ['usr/sbin', 'sbin', 'usr/bin', 'bin'];

async function findRoot(name: string, roots: readonly string[]) {
  for (const root of roots) {
    const path = await findIn(name, under(root, binaryFolders));
    if (path !== undefined) return { root, path };
  }
  return undefined;
}

const under = (root: string, folders: readonly string[]): string[] => folders.map((folder) => join(root, folder));

/** The machine's own programs come first: they fit its libraries. */
async function environment(roots: readonly string[], machine: Machine): Promise<Readonly<Record<string, string>>> {
  const libraries = await existing((await Promise.all(roots.map(libraryFolders))).flat());
  const [xtables] = await existing(libraries.map((folder) => join(folder, 'xtables')));
  const [tc] = await existing(libraries.map((folder) => join(folder, 'tc')));
  const libraryPath = [...libraries, process.env.LD_LIBRARY_PATH ?? ''].filter((folder) => folder !== '');
  return {
    PATH: [...machine.searchPath, ...(await existing(roots.flatMap((root) => under(root, binaryFolders))))].join(delimiter),
    ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraryPath.join(delimiter) }),
    ...(xtables === undefined ? {} : { XTABLES_LIBDIR: xtables }),
    ...(tc === undefined ? {} : { TC_LIB_DIR: tc }),
  };
}

/** `lib` itself and the folder of the processor's libraries in it, as in lib/x86_64-linux-gnu. */
async function libraryFolders(root: string): Promise<readonly string[]> {
  const folders = under(root, ['usr/lib', 'lib']);
  const inside = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder).catch(() => [])).filter((name) => name.includes('-linux-')).map((name) => join(folder, name)),
    ),
  );
  return [...inside.flat(), ...folders];
}

async function existing(folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    folders.map(async (folder) => (await stat(folder).catch(() => undefined))?.isDirectory() ?? false),
  );
  return folders.filter((_, index) => found[index]);
}
