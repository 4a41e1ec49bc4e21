import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabFileError, TrafficlabError, UsageError } from '../errors.ts';
import { readRegularFile } from '../files/read-file.ts';
import { plainLabel } from '../plain.ts';
import { nearest } from './nearest.ts';
import { parseLabText } from './parse.ts';
import type { Lab } from './schema.ts';

/** A lab file is some hundred lines at most. */
const MOST_BYTES = 64 * 1024;
/** A run's folder is named by its lab's, which leaves room for what is made in it; NAME_MAX of file systems. */
const MOST_NAME_BYTES = 200;

export interface LoadOptions {
  /** Where labs are looked for by name. Default: the labs that come with trafficlab. */
  readonly labsDirectory?: string;
}

/**
 * Reads a lab by its name, or a lab file of the user's own by its path (anything with a slash, or ending in .yaml or .yml).
 * @throws LabFileError with every problem of the file, a line each, as "labs/x.yaml:12:5: message, allowed: a, b".
 * @throws UsageError where there is no such lab, with the nearest one's name.
 */
export async function loadLab(nameOrPath: string, options: LoadOptions = {}): Promise<Lab> {
  const directory = options.labsDirectory ?? packagedLabs();
  const file = isPath(nameOrPath) ? nameOrPath : join(directory, `${nameOrPath}.yaml`);
  return parseLab(await labText(nameOrPath, directory), file);
}

/** The text of a lab's file, by the lab's name or the file's path. @throws UsageError where there is none, with the nearest lab's name. */
export async function labText(nameOrPath: string, directory: string = packagedLabs()): Promise<string> {
  if (isPath(nameOrPath)) return textOf(nameOrPath);
  const names = await labNames(directory);
  if (!names.includes(nameOrPath)) throw unknownLab(nameOrPath, names, existsSync(`${nameOrPath}.yaml`));
  return textOf(join(directory, `${nameOrPath}.yaml`));
}

/** Whether a lab is named by its file's path. */
export const isPath = (nameOrPath: string): boolean => /[/\\]|\.ya?ml$/.test(nameOrPath);

/** The JSON Schema of lab files, for editors. */
export const labSchemaFile = (): string => join(packagedLabs(), 'lab.schema.json');

function unknownLab(name: string, names: readonly string[], here: boolean): UsageError {
  if (here)
    return new UsageError(`no lab ${plainLabel(name)}, but there is a file ${plainLabel(name)}.yaml`, {
      remedy: `give the path of the file: ./${plainLabel(name)}.yaml`,
    });
  const suggestion = nearest(name, names);
  const hint = suggestion === undefined ? '' : `; the nearest is ${suggestion}`;
  return new UsageError(`no such lab: ${plainLabel(name)}${hint}`, {
    remedy: `use one of ${names.join(', ')}, or the path of a file`,
  });
}

/** A lab in the list of labs: its question, or what is wrong with its file. */
export type ListedLab = { readonly name: string; readonly file: string } & (
  | { readonly lab: Lab }
  | { readonly error: LabFileError }
);

/** All labs of a directory by name, those with mistakes too. */
export async function listLabs(directory: string = packagedLabs()): Promise<ListedLab[]> {
  const names = await labNames(directory);
  return Promise.all(
    names.map(async (name) => {
      const file = join(directory, `${name}.yaml`);
      try {
        return { name, file, lab: parseLab(await textOf(file), file) };
      } catch (error) {
        if (error instanceof TrafficlabError) return { name, file, error: new LabFileError(error.message) };
        throw error;
      }
    }),
  );
}

async function labNames(directory: string): Promise<string[]> {
  const files = await readdir(directory);
  return files.flatMap((file) => (extname(file) === '.yaml' ? [basename(file, '.yaml')] : [])).sort();
}

/** The labs/ of trafficlab itself: beside src/ in a clone, beside dist/ where it is built. */
function packagedLabs(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'labs', 'lab.schema.json'))) {
    if (dirname(folder) === folder) throw new Error(`no labs/ above ${import.meta.url}`);
    folder = dirname(folder);
  }
  return join(folder, 'labs');
}

/** @throws UsageError for what is no regular file, is too large, or is not UTF-8. */
async function textOf(file: string): Promise<string> {
  const bytes = await readRegularFile(file, MOST_BYTES);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UsageError(`${plainLabel(shownPath(file))} is not UTF-8 text`, { remedy: 'save it as UTF-8', cause: error });
  }
}

/**
 * Makes a lab of a file's text; `file` is for messages and gives the lab its name.
 * @throws LabFileError with the problems.
 */
export function parseLab(text: string, file: string): Lab {
  const name = basename(file, extname(file));
  if (name.startsWith('.') || Buffer.byteLength(name) > MOST_NAME_BYTES)
    throw new LabFileError(`${plainLabel(shownPath(file))}: the name is not usable for its results folder`, {
      remedy: `use a name without a leading dot, of at most ${MOST_NAME_BYTES} bytes`,
    });
  return { name, ...parseLabText(text, plainLabel(shownPath(file))) };
}

function shownPath(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return isAbsolute(file) && (fromHere.startsWith(`..${sep}`) || isAbsolute(fromHere)) ? file : fromHere;
}
