import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Facts } from '../cluster/provider.ts';
import { UsageError } from '../errors.ts';
import type { Plan } from '../lab/plan.ts';
import { fileNames } from './directory.ts';
import { type FactsFile, factsFile } from './facts.ts';
import type { Run } from './run.ts';
import { planFile, RESULTS_FORMAT, type ResultRecord, resultRecord } from './schema.ts';

/**
 * Reads a run's folder. A run that was cut short is read as far as it came, and `problems` says what is missing.
 * @throws UsageError when there is no plan, when a file is of another format, or when one holds what this format does not allow.
 */
export async function readRun(directory: string): Promise<Run> {
  const plan = await readPlan(directory);
  const facts = await readFacts(directory);
  const results = await readResults(directory);
  const of = <T extends ResultRecord['type']>(type: T) =>
    results.records.filter((record): record is Extract<ResultRecord, { type: T }> => record.type === type);
  return {
    directory,
    plan,
    facts: facts.file.clusters as Readonly<Record<string, Facts>>,
    machine: facts.file.machine,
    cells: of('cell'),
    proofs: of('proof'),
    skips: of('skip'),
    phases: of('phase'),
    ends: of('end'),
    problems: [...facts.problems, ...results.problems],
  };
}

async function readPlan(directory: string): Promise<Plan> {
  const path = join(directory, fileNames.plan);
  const text = await readIfThere(path);
  if (text === undefined)
    throw new UsageError(`no run in ${directory}: it has no ${fileNames.plan}`, { remedy: 'name a folder under results/<lab>/' });
  return checked(path, planFile, text) as unknown as Plan;
}

async function readFacts(directory: string): Promise<{ file: FactsFile; problems: string[] }> {
  const path = join(directory, fileNames.facts);
  const text = await readIfThere(path);
  if (text !== undefined) return { file: checked(path, factsFile, text), problems: [] };
  return {
    file: { format: RESULTS_FORMAT, clusters: {}, machine: {} },
    problems: [`${fileNames.facts} is not there: the run ended before any cluster was observed`],
  };
}

/** @throws UsageError unless the text is JSON of the reader's format and of the schema's shape. */
function checked<T>(path: string, schema: z.ZodType<T>, text: string): T {
  const content = jsonOf(text);
  if (content === undefined)
    throw new UsageError(`${path} is no JSON`, { remedy: 'it was cut off or edited; the run cannot be read without it' });
  const format = (content as { format?: unknown } | null)?.format;
  if (format !== RESULTS_FORMAT)
    throw new UsageError(`${path} is of format ${JSON.stringify(format)}, and this trafficlab reads format ${RESULTS_FORMAT}`, {
      remedy: 'read it with the version of trafficlab that made it, or run the lab again',
    });
  const result = schema.safeParse(content);
  if (!result.success) throw new UsageError(`${path} is not as trafficlab writes it:\n${z.prettifyError(result.error)}`);
  return result.data;
}

async function readResults(directory: string): Promise<{ records: ResultRecord[]; problems: string[] }> {
  const path = join(directory, fileNames.results);
  const text = await readIfThere(path);
  if (text === undefined)
    return { records: [], problems: [`${fileNames.results} is not there: the run ended before anything was recorded`] };
  const records: ResultRecord[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const content = jsonOf(line);
    // A process that is killed while it writes leaves half a line, the last one or, with another family after it, one in between.
    if (content === undefined) problems.push(`line ${index + 1} of ${fileNames.results} is cut off and was left out`);
    else records.push(recordOf(path, index + 1, content));
  }
  return { records, problems };
}

function recordOf(path: string, line: number, content: unknown): ResultRecord {
  const result = resultRecord.safeParse(content);
  if (result.success) return result.data;
  throw new UsageError(`line ${line} of ${path} is no record of format ${RESULTS_FORMAT}:\n${z.prettifyError(result.error)}`, {
    remedy: 'it was edited, or written by another version of trafficlab',
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const readIfThere = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
