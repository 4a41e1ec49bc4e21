import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { plainLabel } from '../plain.ts';
import { type FormatName, formats } from '../report/formats.ts';

/** Where a report goes: into a folder under the names of its files, or into the one file that was named. */
export type ReportPlace = { readonly folder: string } | { readonly file: string };

/**
 * Tells a file from a folder in `--out`: a folder is there already, ends in `/` or has no extension. The user may have named a link to a
 * folder; one to a file is replaced.
 * @param otherwise the folder where nothing was asked for.
 * @throws UsageError for a file that the formats do not fit into.
 */
export async function reportPlace(
  out: string | undefined,
  names: readonly FormatName[],
  otherwise: string,
): Promise<ReportPlace> {
  if (out === undefined) return { folder: otherwise };
  const path = resolve(out);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() || out.endsWith('/') || (!found && extname(path) === '')) return { folder: path };
  const [name, ...more] = names;
  if (name === undefined || more.length > 0)
    throw new UsageError(`--out ${plainLabel(out)} is one file, but --format names ${names.length} formats`, {
      remedy: 'use a folder, such as --out report/',
    });
  if (extname(path) !== `.${formats[name].extension}`)
    throw new UsageError(`--out ${plainLabel(out)} is not a .${formats[name].extension} file, which --format ${name} writes`, {
      remedy: 'use a file with that extension, a folder, or another --format',
    });
  return { file: path };
}
