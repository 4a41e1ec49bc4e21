import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';

/**
 * Reads a regular file of at most so many bytes as text, for scripts that are handed results: what is a FIFO, a device or a folder, or is larger, is refused.
 * src/read-file.ts is the same for the command line.
 */
export function readRegularFile(path, most) {
  if (!statSync(path).isFile()) throw new Error(`${path} is no regular file`);
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = fstatSync(file);
    if (!found.isFile() || found.size > most) throw new Error(`${path} is no regular file of at most ${most} bytes`);
    const bytes = Buffer.alloc(found.size);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length);
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
