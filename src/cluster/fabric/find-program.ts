import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Ordinary users' PATH lacks these on Debian, and the programs in them serve a sandbox all the same. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The path of a program on PATH (or the one given) or among the system's own; undefined where there is none. */
export async function findProgram(name: string, path = process.env.PATH ?? ''): Promise<string | undefined> {
  for (const folder of [...path.split(delimiter), ...SYSTEM_FOLDERS]) {
    if (!folder) continue;
    const program = join(folder, name);
    const found = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return program;
  }
  return undefined;
}
