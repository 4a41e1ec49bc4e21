import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Ordinary users' PATH lacks these on Debian, and the programs in them serve a sandbox all the same. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The path of a program on PATH or among the system's own; undefined where there is none. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS]) {
    if (!folder) continue;
    const path = join(folder, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}
