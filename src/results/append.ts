import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { TrafficlabError } from '../errors.ts';
import { fileError } from '../files/file-error.ts';
import { plainLabel } from '../plain.ts';
import { fileNames } from './directory.ts';
import { type ResultRecord, resultRecord } from './schema.ts';

/** O_APPEND and a single write: no line is ever mixed with another process's. Neither a link nor a FIFO is followed or waited for. */
const APPEND =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Adds one record to a run's results.ndjson. It is on disk for every other process when this returns, so that a run that is killed
 * keeps what it measured; it is not forced through the disk's cache, whose writes would disturb the next window.
 * @throws ZodError when the record is not of the format: our bug.
 * @throws TrafficlabError when it cannot be written; the records before it stay readable.
 */
export async function appendRecord(directory: string, record: ResultRecord): Promise<void> {
  const line = Buffer.from(`${JSON.stringify(resultRecord.parse(record))}\n`);
  const path = join(directory, fileNames.results);
  try {
    await using file = await open(path, APPEND, 0o666);
    refuseShared(path, await file.stat());
    const torn = await endsMidLine(file);
    const whole = torn ? Buffer.concat([Buffer.from('\n'), line]) : line;
    const { bytesWritten } = await file.write(whole);
    if (bytesWritten < whole.length) throw Object.assign(new Error('short write'), { code: 'ENOSPC', syscall: 'write' });
  } catch (error) {
    throw fileError(error, `cannot write ${plainLabel(path)}`, { begun: true });
  }
}

type File = Awaited<ReturnType<typeof open>>;

/** A second name of the file (a hard link) may be a file of somebody else's. */
function refuseShared(path: string, found: Awaited<ReturnType<File['stat']>>): void {
  if (found.isFile() && found.nlink <= 1) return;
  throw new TrafficlabError(`${plainLabel(path)} is not a regular file with a single link, so trafficlab does not write to it`, {
    remedy: 'run the lab again; it creates a new folder',
  });
}

/** A family that was killed while it wrote leaves half a line; the next family's records must not be glued to it. */
async function endsMidLine(file: File): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() !== '\n';
}
