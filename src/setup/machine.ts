import { readFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import envPaths from 'env-paths';

/** What of this machine the search for programs depends on; plain data, so that a test can describe another one. */
export interface Machine {
  /** Folders in which programs are looked for, in order. */
  readonly searchPath: readonly string[];
  /** Where the package managers themselves are looked for. */
  readonly toolPath: readonly string[];
  /** This machine's unpacked packages; other distributions and processors have folders of their own beside it. */
  readonly cacheDirectory: string;
  readonly isRoot: boolean;
  /** Debian asks this file before it starts a service; see invoke-rc.d(8). */
  readonly policyFile: string;
}

/** Ordinary users lack these on PATH on many distributions, though they may run what is in them. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

export async function thisMachine(): Promise<Machine> {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const searchPath = [...new Set([...path, ...systemFolders])];
  return {
    searchPath,
    toolPath: searchPath,
    cacheDirectory: `${envPaths('trafficlab', { suffix: '' }).cache}/packages/${await distribution()}-${process.arch}`,
    isRoot: process.getuid?.() === 0,
    policyFile: '/usr/sbin/policy-rc.d',
  };
}

/** As in "debian-12"; os-release(5). */
async function distribution(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1];
  return [field('ID') ?? process.platform, field('VERSION_ID') ?? field('VERSION_CODENAME') ?? 'rolling']
    .join('-')
    .replace(/[^\w.-]/g, '_');
}
