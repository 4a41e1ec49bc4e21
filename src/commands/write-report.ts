import { basename, dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { fileError } from '../files/file-error.ts';
import { writeInto } from '../files/write-file.ts';
import { plainLabel } from '../plain.ts';
import type { RenderedFile } from '../report/formats.ts';
import type { ReportPlace } from './report-place.ts';

/**
 * Writes the files of one format, over those of an earlier report; returns their paths. A link of such a name is replaced and not followed.
 * @throws UsageError where a format of several files was to go into one; that or UnavailableError where the place cannot be written.
 */
export async function writeReport(files: readonly RenderedFile[], place: ReportPlace): Promise<string[]> {
  if ('file' in place && files.length > 1)
    throw new UsageError(`${plainLabel(place.file)} is one file, but this format writes ${files.length}`, {
      remedy: 'use a folder, such as --out report/',
    });
  const paths = [];
  for (const { name, content } of files) {
    const [folder, file] = 'file' in place ? [dirname(place.file), basename(place.file)] : [place.folder, name];
    await write(folder, file, content);
    paths.push(join(folder, file));
  }
  return paths;
}

async function write(folder: string, file: string, content: string): Promise<void> {
  try {
    await writeInto(folder, file, content);
  } catch (error) {
    throw fileError(error, `cannot write the report to ${plainLabel(join(folder, file))}`, {
      remedy: 'use another path with --out, or check permissions and free space',
    });
  }
}
