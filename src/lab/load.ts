import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Document, isAlias, isMap, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { LabFileError, UsageError } from '../errors.ts';
import { nearest } from './nearest.ts';
import { checkLab, type Problem } from './problems.ts';
import type { Lab } from './schema.ts';

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
  if (isPath(nameOrPath))
    return readFile(nameOrPath, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`${nameOrPath} cannot be read: ${error.message}`);
    });
  const names = await labNames(directory);
  if (!names.includes(nameOrPath)) throw unknownLab(nameOrPath, names, existsSync(`${nameOrPath}.yaml`));
  return readFile(join(directory, `${nameOrPath}.yaml`), 'utf8');
}

/** Whether a lab is named by its file's path. */
export const isPath = (nameOrPath: string): boolean => /[/\\]|\.ya?ml$/.test(nameOrPath);

/** The JSON Schema of lab files, for editors. */
export const labSchemaFile = (): string => join(packagedLabs(), 'lab.schema.json');

function unknownLab(name: string, names: readonly string[], here: boolean): UsageError {
  if (here)
    return new UsageError(`there is no lab ${name}, but a file ${name}.yaml`, { remedy: `name the file: ./${name}.yaml` });
  const suggestion = nearest(name, names);
  const hint = suggestion === undefined ? '' : `; the nearest is ${suggestion}`;
  return new UsageError(`there is no lab ${name}${hint}`, {
    remedy: `choose one of ${names.join(', ')}, or give the path of a file`,
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
        return { name, file, lab: parseLab(await readFile(file, 'utf8'), file) };
      } catch (error) {
        if (error instanceof LabFileError) return { name, file, error };
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

/**
 * Makes a lab of a file's text; `file` is for messages and gives the lab its name.
 * @throws LabFileError with every problem.
 */
export function parseLab(text: string, file: string): Lab {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings].map((fault) => ({ offset: fault.pos[0], message: fault.message }));
  const readable = document.errors.every((error) => error.code === 'DUPLICATE_KEY');
  const checked = readable ? check(document) : undefined;
  const found = checked?.problems.map((problem) => ({ offset: offsetOf(document, problem), message: sentence(problem) })) ?? [];
  const all = [...faults, ...found].sort((a, b) => a.offset - b.offset);
  if (checked?.lab && all.length === 0) return { name: basename(file, extname(file)), ...checked.lab };
  const shown = shownPath(file);
  const rows = all.map(({ offset, message }) => {
    const { line, col } = lines.linePos(offset);
    return `${shown}:${Math.max(line, 1)}:${Math.max(col, 1)}: ${message}`;
  });
  throw new LabFileError(rows.join('\n'));
}

function check(document: Document): ReturnType<typeof checkLab> {
  try {
    return checkLab(document.toJS());
  } catch (error) {
    if (error instanceof ReferenceError) return { problems: [{ path: [], message: error.message }] }; // an alias without its anchor
    throw error;
  }
}

function sentence({ message, allowed }: Problem): string {
  if (allowed === undefined) return message;
  return `${message}${message.endsWith('?') ? ' allowed' : ', allowed'}: ${typeof allowed === 'string' ? allowed : allowed.join(', ')}`;
}

/** Where a problem is: its key or value; for what is missing, the map that lacks it. */
function offsetOf(document: Document, problem: Problem): number {
  let node: Node | null = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, step] of problem.path.entries()) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    const pair: Pair<Node, Node | null> | undefined = isMap<Node, Node | null>(node)
      ? node.items.findLast((item) => (item.key as { value?: unknown }).value === step)
      : undefined;
    const value: Node | null | undefined = isSeq<Node>(node) && typeof step === 'number' ? node.items[step] : pair?.value;
    if (value === undefined && pair === undefined) return offset;
    const wantsKey = pair && problem.at === 'key' && index === problem.path.length - 1;
    offset = (wantsKey ? pair.key.range?.[0] : (value?.range?.[0] ?? pair?.key.range?.[0])) ?? offset;
    node = value ?? null;
  }
  return offset;
}

function shownPath(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return isAbsolute(file) && (fromHere.startsWith(`..${sep}`) || isAbsolute(fromHere)) ? file : fromHere;
}
