import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileError } from '../../files/file-error.ts';
import { ownerAlive } from './names.ts';

/** Makes a folder that only this user can read, for kubeconfigs and archives; its name says whose it is. */
export const privateFolder = (): Promise<string> =>
  mkdtemp(join(tmpdir(), `trafficlab-p${process.pid}-`)).catch((error: unknown) => {
    throw fileError(error, `cannot create a temporary folder in ${tmpdir()}`, { remedy: 'set TMPDIR to another folder' });
  });

/** Deletes the folders of processes that are gone; returns their paths. */
export async function sweepFolders(): Promise<string[]> {
  const names = (await readdir(tmpdir()).catch(() => [])).filter((name) => {
    const [, owner] = /^(trafficlab-p\d+)-\w{6}$/.exec(name) ?? [];
    return owner !== undefined && !ownerAlive(owner);
  });
  const deleted = await Promise.all(
    names.map((name) =>
      rm(join(tmpdir(), name), { recursive: true }).then(
        () => [join(tmpdir(), name)],
        () => [], // another user's
      ),
    ),
  );
  return deleted.flat();
}
