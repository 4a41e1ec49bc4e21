import { join } from 'node:path';
import { z } from 'zod';
import type { Facts } from '../cluster/contract/provider.ts';
import { UsageError } from '../errors.ts';
import { isAbsent, readLines, readTextIfThere } from '../files/read-file.ts';
import type { Plan } from '../lab/plan.ts';
import { plainLabel } from '../plain.ts';
import { histogramCounts } from '../stats/histogram-payload.ts';
import { fileNames, MOST_BYTES } from './directory.ts';
import { type FactsFile, factsFile } from './facts.ts';
import { upgradeFacts, upgradePlan, upgradeRecord } from './format-1.ts';
import { refuseDangling } from './references.ts';
import type { Run } from './run.ts';
import { planFile, RESULTS_FORMAT, type ResultRecord, resultRecord } from './schema.ts';

/** A folder of results may be a stranger's: more than any run comes to, and what a machine can hold. */
const MOST = { results: 512 * 1024 * 1024, line: 1024 * 1024, records: 150_000, cut: 1000, problems: 20 } as const;

/**
 * Reads a run's folder. A run that was cut short is read as far as it came, and `problems` says what is missing.
 * @throws UsageError when there is no plan, when a file is of another format, or when one holds what this format does not allow.
 */
export async function readRun(directory: string): Promise<Run> {
  const { plan, old } = await readPlan(directory);
  const facts = await readFacts(directory);
  const results = await readResults(directory, old);
  const of = <T extends ResultRecord['type']>(type: T) =>
    results.records.filter((record): record is Extract<ResultRecord, { type: T }> => record.type === type);
  return {
    directory,
    plan,
    facts: facts.file.clusters satisfies Readonly<Record<string, Facts>>,
    machine: facts.file.machine,
    cells: of('cell'),
    proofs: of('proof'),
    skips: of('skip'),
    phases: of('phase'),
    ends: of('end'),
    problems: [...facts.problems, ...results.problems],
  };
}

/** @returns `old`: the run was stored in format 1; each file of a run is of the plan's format. */
async function readPlan(directory: string): Promise<{ readonly plan: Plan; readonly old: boolean }> {
  const path = join(directory, fileNames.plan);
  const text = await readTextIfThere(path, MOST_BYTES);
  if (text === undefined)
    throw new UsageError(`no run in ${plainLabel(directory)}: it has no ${fileNames.plan}`, {
      remedy: 'use a folder under results/<lab>/',
    });
  const plan: Plan = checked(path, planFile, text, upgradePlan);
  refuseDangling(path, plan);
  return { plan, old: formatOf(jsonOf(text)) === 1 };
}

async function readFacts(directory: string): Promise<{ file: FactsFile; problems: string[] }> {
  const path = join(directory, fileNames.facts);
  const text = await readTextIfThere(path, MOST_BYTES);
  if (text !== undefined) return { file: checked(path, factsFile, text, upgradeFacts), problems: [] };
  return {
    file: { format: RESULTS_FORMAT, clusters: {}, machine: {} },
    problems: [`${fileNames.facts} is missing: the run ended before any cluster was observed`],
  };
}

/** @throws UsageError unless the text is JSON of the reader's format and of the schema's shape. */
function checked<T>(path: string, schema: z.ZodType<T>, text: string, upgrade: (old: unknown) => unknown): T {
  const shown = plainLabel(path);
  const content = jsonOf(text);
  if (content === undefined)
    throw new UsageError(`${shown} is not JSON`, { remedy: 'it was truncated or edited; the run is not readable without it' });
  const format = formatOf(content);
  if (format !== RESULTS_FORMAT && format !== 1)
    throw new UsageError(
      `${shown} has format ${plainLabel(JSON.stringify(format) ?? 'none')}; this trafficlab reads formats 1 and ${RESULTS_FORMAT}`,
      { remedy: 'use the trafficlab version that wrote it, or run the lab again' },
    );
  const result = parsed(schema, format === 1 ? upgrade(content) : content);
  if ('faults' in result) throw new UsageError(`${shown} is not valid:\n${result.faults}`);
  return result.data;
}

const formatOf = (content: unknown): unknown => (content as { format?: unknown } | null | undefined)?.format;

async function readResults(directory: string, old: boolean): Promise<{ records: ResultRecord[]; problems: string[] }> {
  const path = join(directory, fileNames.results);
  if (await isAbsent(path))
    return { records: [], problems: [`${fileNames.results} is missing: the run ended before anything was recorded`] };
  const records: ResultRecord[] = [];
  const cut: number[] = [];
  for await (const { number, text } of readLines(path, MOST.results, MOST.line)) {
    const content = jsonOf(text);
    // A process that is killed while it writes leaves half a line, the last one or, with another family after it, one in between.
    if (content === undefined) cut.push(number);
    else records.push(recordOf(path, number, old ? upgradeRecord(content) : content));
    if (records.length > MOST.records || cut.length > MOST.cut)
      throw new UsageError(
        cut.length > MOST.cut
          ? `${plainLabel(path)} has more than ${MOST.cut.toLocaleString('en')} truncated lines`
          : `${plainLabel(path)} has more than ${MOST.records.toLocaleString('en')} records`,
        { remedy: 'it was edited, or trafficlab did not write it' },
      );
  }
  return { records, problems: cutProblems(cut) };
}

function cutProblems(cut: readonly number[]): string[] {
  const problems = cut.slice(0, MOST.problems).map((number) => `line ${number} of ${fileNames.results} is truncated and ignored`);
  const more = cut.length - problems.length;
  return more > 0 ? [...problems, `${more.toLocaleString('en')} more lines of ${fileNames.results} are truncated`] : problems;
}

function recordOf(path: string, line: number, content: unknown): ResultRecord {
  const where = `line ${line} of ${plainLabel(path)}`;
  const remedy = 'it was edited, or written by another version of trafficlab';
  const result = parsed(resultRecord, content);
  if ('faults' in result)
    throw new UsageError(`${where} is not a record of format ${RESULTS_FORMAT}:\n${result.faults}`, { remedy });
  const record: ResultRecord = result.data;
  if (record.type === 'cell') {
    const wrong = histogramFault(record.histogram);
    if (wrong !== undefined)
      throw new UsageError(
        `${where}: the histogram of cell ${plainLabel(record.scenario)}, ${record.series}, block ${record.block} is not readable: ${wrong}`,
        { remedy },
      );
  }
  return record;
}

function histogramFault(text: string): string | undefined {
  try {
    histogramCounts(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What is nested deeper than the stack is refused like all that is not of the shape. */
function parsed<T>(schema: z.ZodType<T>, content: unknown): { readonly data: T } | { readonly faults: string } {
  try {
    const result = schema.safeParse(content);
    return result.success ? { data: result.data } : { faults: listed(result.error) };
  } catch (error) {
    if (error instanceof RangeError) return { faults: 'it is nested too deeply' };
    throw error;
  }
}

/** The first of the faults, each cut to a line's length. */
function listed(error: z.ZodError): string {
  const shown = error.issues.slice(0, MOST.problems);
  const more = error.issues.length - shown.length;
  const lines = z.prettifyError(new z.ZodError(shown)).split('\n').map(plainLabel);
  return [...lines, ...(more > 0 ? [`and ${more.toLocaleString('en')} more`] : [])].join('\n');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
