import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { RenderedFile } from '../report/formats.ts';
import type { ReportPlace } from './report-place.ts';

/**
 * Writes the files of one format, over those of an earlier report; returns their paths.
 * @throws UsageError where a format of several files was to go into one, or the place cannot be written.
 */
export async function writeReport(files: readonly RenderedFile[], place: ReportPlace): Promise<string[]> {
  if ('file' in place && files.length > 1)
    throw new UsageError(`${place.file} is one file, and this format makes ${files.length}`, {
      remedy: 'name a folder, as in --out report/',
    });
  const paths = [];
  for (const { name, content } of files) {
    const path = 'file' in place ? place.file : join(place.folder, name);
    await write(path, content);
    paths.push(path);
  }
  return paths;
}

async function write(path: string, content: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  } catch (error) {
    throw new UsageError(`the report could not be written to ${path}: ${(error as Error).message}`, {
      remedy: 'name another place with --out',
      cause: error,
    });
  }
}
