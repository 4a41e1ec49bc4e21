import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { UnavailableError } from '../../errors.ts';

const CHUNK_BYTES = 65_536;

/**
 * Reads a small file whole. Opening does not wait for a writer (a FIFO), and no more is read than the bound (/dev/zero).
 * @param what names the file in errors, as in "the client certificate /a/b".
 * @returns undefined where there is no such file.
 * @throws UnavailableError for what is no regular file, is larger than `most` bytes or may not be read.
 */
export async function readBounded(file: string, what: string, most: number, remedy: string): Promise<Buffer | undefined> {
  const refuse = (why: string) => new UnavailableError(`${what} cannot be read: ${why}`, { remedy });
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) throw refuse(stat.isDirectory() ? 'it is a folder' : 'it is not a regular file');
    const chunks: Buffer[] = [];
    for (let length = 0; ; ) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return Buffer.concat(chunks);
      length += bytesRead;
      if (length > most) throw refuse(`it is larger than ${most / 2 ** 20} MiB`);
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw refuse(REASONS[code ?? ''] ?? code ?? message);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its symbolic links form a loop',
  ENAMETOOLONG: 'its name is too long',
  ENXIO: 'it is not a regular file',
  ERR_INVALID_ARG_VALUE: 'its name is not a valid path',
};
