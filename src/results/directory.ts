import { mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { fileError } from '../files/file-error.ts';
import { makeFolder, makeFolderIn, writeInto } from '../files/write-file.ts';
import type { Plan } from '../lab/plan.ts';
import { plainLabel } from '../plain.ts';
import { planHash } from './plan-hash.ts';

export const fileNames = { plan: 'plan.json', facts: 'facts.json', results: 'results.ndjson' } as const;

/** More than the longest plan or the facts of the largest run come to. */
export const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Makes `<results>/<lab>/<time>-<provider>-<plan hash>` with plan.json in it, and returns its path. Times are UTC, so names sort by age.
 * The results folder may be reached by links, which are the user's; a link below it is refused.
 * @param at when the run began.
 * @throws UsageError or UnavailableError where it cannot be made.
 */
export async function createRunDirectory(results: string, plan: Plan, at: Date): Promise<string> {
  const name = `${stamp(at)}-${plan.provider.name}-${planHash(plan)}`;
  try {
    await makeFolder(results);
    const directory = await makeNew(join(await makeFolderIn(results, plan.lab.name), name));
    await writeInto(directory, fileNames.plan, `${JSON.stringify(plan, undefined, 2)}\n`).catch(async (error: unknown) => {
      await rmdir(directory).catch(() => {}); // an empty folder is no run
      throw error;
    });
    return directory;
  } catch (error) {
    throw fileError(error, `cannot write the results to ${plainLabel(results)}`, {
      remedy: 'use another folder with --results, or check permissions and free space',
    });
  }
}

export interface StoredRun {
  readonly directory: string;
  readonly lab: string;
  /** Name of the run's folder. */
  readonly name: string;
}

/** All runs under a results folder, by lab, the oldest first; none where the folder is not there. */
export async function listRuns(results: string): Promise<StoredRun[]> {
  const labs = await foldersIn(results);
  const runs = await Promise.all(
    labs.map(async (lab) =>
      (await foldersIn(join(results, lab))).map((name) => ({ directory: join(results, lab, name), lab, name })),
    ),
  );
  const found = await Promise.all(runs.flat().map(async (run) => ((await isRun(run.directory)) ? [run] : [])));
  return found.flat();
}

/** The newest run of every lab, by lab. */
export async function newestRuns(results: string): Promise<string[]> {
  const runs = await listRuns(results);
  return [...new Map(runs.map(({ lab, directory }) => [lab, directory])).values()];
}

/**
 * The run that an argument names: a path of a run (or of a file in it), a lab (its newest run), or the beginning of a run's name,
 * with or without `<lab>/` before it.
 * @throws UsageError when it names no run, or more than one.
 */
export async function findRun(argument: string, results: string): Promise<string> {
  const path = resolve(argument);
  if (await isRun(path)) return path;
  if ((await isFile(path)) && (await isRun(dirname(path)))) return dirname(path);
  const runs = await listRuns(results);
  const wanted = argument.replace(/\/+$/, '');
  const newest = runs.filter(({ lab }) => lab === wanted).at(-1);
  if (newest) return newest.directory;
  const matching = runs.filter(
    ({ lab, name }) => wanted !== '' && (name.startsWith(wanted) || `${lab}/${name}`.startsWith(wanted)),
  );
  if (matching.length > 1)
    throw new UsageError(`${plainLabel(argument)} matches ${matching.length} runs:\n${listed(matching)}`, {
      remedy: 'give a longer part of the name',
    });
  if (matching[0]) return matching[0].directory;
  const labs = [...new Set(runs.map(({ lab }) => lab))];
  throw new UsageError(
    `no run named ${plainLabel(argument)}: it is not a folder with ${fileNames.plan}, and no run in ${plainLabel(results)} begins with it`,
    {
      remedy:
        labs.length > 0
          ? `there are runs of ${labs.map(plainLabel).join(', ')}`
          : `${plainLabel(results)} has no runs; npm run lab makes one`,
    },
  );
}

const SHOWN = 8;

function listed(runs: readonly StoredRun[]): string {
  const lines = runs.slice(-SHOWN).map(({ lab, name }) => `  ${plainLabel(lab)}/${plainLabel(name)}`);
  return [...(runs.length > SHOWN ? ['  ...'] : []), ...lines].join('\n');
}

// 2026-11-23T02:54:11.123Z without what file systems dislike, to the millisecond: CI starts several runs a second.
const stamp = (at: Date): string => at.toISOString().replaceAll(/[-:.]/g, '');

async function makeNew(path: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const candidate = attempt === 1 ? path : `${path}-${attempt}`;
    const made = await mkdir(candidate).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    );
    if (made) return candidate;
  }
}

async function foldersIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw fileError(error, `the folder ${plainLabel(directory)} cannot be read`, {
      remedy: 'use another folder with --results',
    });
  });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}

const isRun = (directory: string): Promise<boolean> => isFile(join(directory, fileNames.plan));

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
