import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNames } from './directory.ts';
import { type ResultRecord, resultRecord } from './schema.ts';

/**
 * Adds one record to a run's results.ndjson. It is on disk for every other process when this returns, so that a run that is killed
 * keeps what it measured; it is not forced through the disk's cache, whose writes would disturb the next window.
 * @throws ZodError when the record is not of the format: our bug.
 */
export async function appendRecord(directory: string, record: ResultRecord): Promise<void> {
  const line = Buffer.from(`${JSON.stringify(resultRecord.parse(record))}\n`);
  // O_APPEND and a single write: no line is ever mixed with another process's, whichever of a run's families it belongs to.
  await using file = await open(join(directory, fileNames.results), 'a+');
  const torn = await endsMidLine(file);
  const whole = torn ? Buffer.concat([Buffer.from('\n'), line]) : line;
  const { bytesWritten } = await file.write(whole);
  if (bytesWritten < whole.length) throw new Error(`only ${bytesWritten} of ${whole.length} bytes fitted into ${directory}`);
}

type File = Awaited<ReturnType<typeof open>>;

/** A family that was killed while it wrote leaves half a line; the next family's records must not be glued to it. */
async function endsMidLine(file: File): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() !== '\n';
}
