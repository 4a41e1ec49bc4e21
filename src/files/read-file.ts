import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import { plainLabel } from '../plain.ts';
import { fileError } from './file-error.ts';

const MIB = 1024 * 1024;
/** Never waits for the other end of a FIFO, and makes no terminal this process's own; open(2). */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const CHUNK = 64 * 1024;

/**
 * Reads a regular file of at most `most` bytes, a link to one too. What is a FIFO, a device, a socket, a folder, or grows past the bound is refused
 * before it costs time or memory.
 * @throws UsageError, or UnavailableError for what is the machine's fault.
 */
export async function readRegularFile(path: string, most: number): Promise<Buffer> {
  try {
    await using file = await openRegular(path);
    return await readUpTo(file, path, most);
  } catch (error) {
    throw fileError(error, `${plainLabel(path)} cannot be read`);
  }
}

/** The same as UTF-8; undefined where there is no such file. */
export async function readTextIfThere(path: string, most: number): Promise<string | undefined> {
  if (await isAbsent(path)) return undefined;
  return (await readRegularFile(path, most)).toString('utf8');
}

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * Yields the lines of a regular file as `readRegularFile` would read it, empty ones left out, with no more than a line in memory.
 * @throws UsageError as well for a line longer than `mostPerLine` bytes, with its number.
 */
export async function* readLines(path: string, most: number, mostPerLine: number): AsyncGenerator<Line> {
  try {
    await using file = await openRegular(path);
    yield* linesOf(file, path, most, mostPerLine);
  } catch (error) {
    throw fileError(error, `${plainLabel(path)} cannot be read`);
  }
}

/** Whether nothing has the path, not even a link that leads nowhere. */
export async function isAbsent(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}

async function openRegular(path: string): Promise<FileHandle> {
  // Looked at before it is opened, because opening a device may do something; and after, because it may be another by then.
  refuseIrregular(path, await stat(path));
  const file = await open(path, READ);
  try {
    refuseIrregular(path, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

function refuseIrregular(path: string, found: Stats): void {
  if (found.isFile()) return;
  const kinds = [
    [found.isDirectory(), 'a folder'],
    [found.isFIFO(), 'a FIFO'],
    [found.isSocket(), 'a socket'],
    [found.isCharacterDevice() || found.isBlockDevice(), 'a device'],
  ] as const;
  const kind = kinds.find(([is]) => is)?.[1] ?? 'something else';
  throw new UsageError(`${plainLabel(path)} is ${kind}, not a regular file`, { remedy: 'use a regular file' });
}

async function readUpTo(file: FileHandle, path: string, most: number): Promise<Buffer> {
  refuseLarge(path, (await file.stat()).size, most);
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK);
    if (bytesRead === 0) return Buffer.concat(chunks);
    size += bytesRead;
    refuseLarge(path, size, most);
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

async function* linesOf(file: FileHandle, path: string, most: number, mostPerLine: number): AsyncGenerator<Line> {
  refuseLarge(path, (await file.stat()).size, most);
  let number = 1;
  let size = 0;
  let begun: Buffer[] = [];
  let length = 0;
  const end = (): Line => {
    const line = { number: number++, text: Buffer.concat(begun).toString('utf8') };
    begun = [];
    length = 0;
    return line;
  };
  const add = (part: Buffer): void => {
    length += part.length;
    if (length > mostPerLine)
      throw new UsageError(`line ${number} of ${plainLabel(path)} is longer than ${mostPerLine.toLocaleString('en')} bytes`, {
        remedy: 'it was edited, or trafficlab did not write it',
      });
    begun.push(part);
  };
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK);
    if (bytesRead === 0) break;
    size += bytesRead;
    refuseLarge(path, size, most);
    let from = 0;
    for (let at = buffer.indexOf(10); at >= 0 && at < bytesRead; at = buffer.indexOf(10, from)) {
      add(buffer.subarray(from, at));
      from = at + 1;
      if (length === 0) number += 1;
      else yield end();
    }
    if (from < bytesRead) add(buffer.subarray(from, bytesRead));
  }
  if (length > 0) yield end();
}

function refuseLarge(path: string, size: number, most: number): void {
  if (size <= most) return;
  const bound = most >= MIB ? `${(most / MIB).toLocaleString('en')} MiB` : `${(most / 1024).toLocaleString('en')} KiB`;
  throw new UsageError(`${plainLabel(path)} is larger than ${bound}, the limit`, {
    remedy: 'use a smaller file; trafficlab writes no file that large',
  });
}
