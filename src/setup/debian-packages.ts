import { mkdir, mkdtemp, readdir, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { CommandError, cleaningUp } from '../errors.ts';
import { makeFolder } from '../files/write-file.ts';
import { exec } from '../process/exec.ts';
import type { StepProgress } from '../progress/progress.ts';

export interface DebianTools {
  readonly aptGet: string;
  readonly aptConfig: string;
  readonly dpkg: string;
}

export interface UnpackOptions {
  readonly tools: DebianTools;
  /** The folder that gets a folder for these packages. */
  readonly directory: string;
  readonly step: StepProgress;
  readonly signal?: AbortSignal;
}

const DOWNLOAD_MS = 10 * 60_000;
const ABANDONED_MS = 24 * 3_600_000;

/**
 * Downloads packages together with what they need and this machine lacks, checked by apt as always, and unpacks them into one folder
 * that appears at once and whole. Nothing of the machine is changed and no root is needed.
 * @throws CommandError with apt's words: no network, no such package, ...
 */
export async function unpackDebianPackages(names: readonly string[], options: UnpackOptions): Promise<void> {
  const { directory, step } = options;
  const target = join(directory, [...names].sort().join('+'));
  await makeFolder(directory);
  await removeAbandoned(directory);
  const work = await mkdtemp(join(directory, '.unpack-'));
  const unpack = async () => {
    const debs = await download(names, work, options);
    step.update(`unpacking ${debs.length} packages`);
    const root = join(work, 'root');
    await mkdir(root);
    for (const deb of debs) await exec([options.tools.dpkg, '-x', deb, root], quiet(options));
    await relink(root);
    await rename(root, target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // else another process was faster
    });
  };
  await cleaningUp(unpack, () => rm(work, { recursive: true, force: true }));
}

/** Links such as /sbin/modprobe -> /bin/kmod must lead to what was unpacked and not to what this machine has there, or has not. */
async function relink(root: string): Promise<void> {
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const link = join(entry.parentPath, entry.name);
    const target = await readlink(link);
    if (!isAbsolute(target)) continue;
    await rm(link);
    await symlink(relative(dirname(link), join(root, target)), link);
  }
}

async function download(names: readonly string[], work: string, options: UnpackOptions): Promise<string[]> {
  const { step } = options;
  const folder = join(work, 'debs');
  const own = await privateApt(work, options);
  const fetch = async (apt: Apt) => {
    step.update(`querying apt for ${names.join(', ')}`);
    const wanted = await closure(names, apt, options);
    step.update(`downloading ${wanted.length} packages`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await exec([...apt.argv, 'download', ...wanted], { ...quiet(options), env: apt.env, cwd: folder, timeoutMs: DOWNLOAD_MS });
  };
  try {
    await fetch(own);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // The machine's package lists are absent, as on a fresh image, or older than what the archive holds.
    step.update("reading the archive's package lists");
    const fresh = await privateLists(own, work, options);
    await fetch(fresh);
  }
  return (await readdir(folder)).filter((name) => name.endsWith('.deb')).map((name) => join(folder, name));
}

interface Apt {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * apt with this machine's sources, keys and proxies, but with a cache of our own and without the hooks that would change something
 * of the machine after an update. APT_CONFIG is read first and says that the machine's own files are not to be read; apt.conf(5).
 */
async function privateApt(work: string, options: UnpackOptions): Promise<Apt> {
  const { stdout } = await exec([options.tools.aptConfig, 'dump'], quiet(options));
  const kept = stdout
    .split('\n')
    .filter((line) => /^(APT|Acquire|Dir)(::\S*)? "[^"]*";$/.test(line) && !line.includes('-Invoke'));
  const file = join(work, 'apt.conf');
  const cache = join(work, 'apt');
  await makeFolder(join(cache, 'archives/partial'));
  const settings = ['Dir::Etc::main "/dev/null";', 'Dir::Etc::parts "/dev/null";', `Dir::Cache "${cache}";`];
  // As root, apt would hand downloads to a user who may not write here.
  await writeFile(file, [...kept, ...settings, 'APT::Sandbox::User "root";', ''].join('\n'));
  return { argv: [options.tools.aptGet, '--quiet'], env: { APT_CONFIG: file, LC_ALL: 'C' } };
}

async function privateLists(apt: Apt, work: string, options: UnpackOptions): Promise<Apt> {
  const lists = join(work, 'lists');
  await makeFolder(join(lists, 'partial'));
  const argv = [...apt.argv, '-o', `Dir::State::Lists=${lists}`];
  await exec([...argv, '-o', 'APT::Update::Error-Mode=any', 'update'], {
    ...quiet(options),
    env: apt.env,
    timeoutMs: DOWNLOAD_MS,
  });
  return { ...apt, argv };
}

/** The packages themselves, installed or not, and what installing them would bring; as apt-get download wants them: name=version. */
async function closure(names: readonly string[], apt: Apt, options: UnpackOptions): Promise<string[]> {
  const argv = [...apt.argv, 'install', '--simulate', '--no-install-recommends', ...names];
  const { stdout } = await exec(argv, { ...quiet(options), env: apt.env });
  const brought = [...stdout.matchAll(/^Inst (\S+)(?: \[[^\]]*\])? \((\S+)/gm)].map(([, name, version]) => `${name}=${version}`);
  const present = names.filter((name) => !brought.some((one) => one.startsWith(`${name}=`)));
  return [...present, ...brought];
}

/** What was killed while it worked left its folder behind. */
async function removeAbandoned(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const changed = (await stat(path).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (name.startsWith('.unpack-') && Date.now() - changed > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}

const quiet = ({ signal }: UnpackOptions) => (signal === undefined ? {} : { signal });
