import { randomInt } from 'node:crypto';
import { givenProviderOptions } from '../cluster/contract/options.ts';
import type { ClusterProvider } from '../cluster/contract/provider.ts';
import { analyseRun } from '../compare/run.ts';
import {
  afterFailure,
  type ExitCode,
  errorText,
  exitCode,
  firstError,
  InterruptedError,
  suppressedErrors,
  TrafficlabError,
  UsageError,
} from '../errors.ts';
import { makePlan } from '../lab/make-plan.ts';
import { applyOverrides } from '../lab/overrides.ts';
import type { Plan } from '../lab/plan.ts';
import { isPath, loadLab } from '../lab/read-lab.ts';
import type { CommandOptions } from '../options/table.ts';
import { print, refuseFailedOutput } from '../process/standard-output.ts';
import { EVENTS_FORMAT, eventLine, type ProgressEvent } from '../progress/events.ts';
import type { Progress } from '../progress/progress.ts';
import { runJson } from '../report/json.ts';
import { planText } from '../report/plan-text.ts';
import { quoted } from '../report/repeat.ts';
import { renderRun } from '../report/text.ts';
import { createRunDirectory } from '../results/directory.ts';
import { addFacts } from '../results/facts.ts';
import { readRun } from '../results/read.ts';
import type { Run } from '../results/run.ts';
import { machineFacts } from '../run/machine.ts';
import { askInTerminal } from '../setup/ask-in-terminal.ts';
import { version } from '../version.ts';
import { duration } from '../words/format.ts';
import { choiceWords } from '../words/provider-choice.ts';
import { skipLine, skipWords } from '../words/skip.ts';
import { chooseProvider } from './choose-provider.ts';
import { type Created, interruption } from './interruption.ts';
import { resultsDirectory } from './places.ts';
import { progressFor } from './progress-for.ts';
import { runPlan } from './run-plan.ts';
import { terminalText } from './terminal-text.ts';

export type LabOptions = CommandOptions<'lab'>;

/**
 * Runs one lab: plan, clusters, proofs, load, and the table with its verdicts from disk. With `--dry-run` prints the plan only.
 * @throws what loading, planning and running throw; the table of what was measured is printed all the same.
 */
export async function labCommand(name: string, options: LabOptions): Promise<ExitCode> {
  const { lab, overrides } = applyOverrides(await loadLab(name), options);
  const began = Date.now();
  const progress = progressFor({ ...options, began });
  const ask = askInTerminal();
  // A dry run gets what a run would get into trafficlab's cache, because the plan depends on it, and installs nothing.
  const setup = { progress, yes: options.yes ?? false, cacheOnly: options.dryRun ?? false, ...(ask ? { ask } : {}) };
  const given = givenProviderOptions(options);
  const choice = await chooseProvider(lab, options.provider, given, setup);
  if ((options.keep || options.reuse) && !choice.provider.keeps)
    throw new UsageError(`clusters of ${choice.provider.name} end with the command, so --keep and --reuse do not apply`, {
      remedy: 'omit --keep and --reuse, or use another provider',
    });
  const plan = makePlan(choice.layout, {
    ...(isPath(name) ? { file: name } : {}),
    provider: { name: choice.provider.name, chosen: choice.chosen, options: given },
    keep: options.keep ?? false,
    reuse: options.reuse ?? false,
    overrides,
    seed: lab.seed ?? randomInt(2 ** 32),
    version,
  });
  if (options.dryRun) {
    print(options.json ? eventLine(planEvent(plan)) : planText(plan));
    return exitCode.ok;
  }
  const directory = await createRunDirectory(resultsDirectory(options.results), plan, new Date());
  if (options.json) print(eventLine(planEvent(plan, directory)));
  else announce(plan, progress);
  refuseFailedOutput(); // before minutes of work that nobody would see
  await addFacts(directory, { machine: machineFacts() });
  using stop = interruption(progress, created(plan, choice.provider));
  const run = {
    directory,
    progress,
    signal: stop.signal,
    quiet: options.quiet ?? false,
    json: options.json ?? false,
    began,
  };
  let ending: Ending = { outcome: 'complete', exitCode: exitCode.ok };
  try {
    await runPlan(plan, choice.provider, choice.layout.limits, run);
  } catch (thrown) {
    const error = firstError(thrown);
    ending = endingOf(error);
    throw await afterFailure(error, () => showRun(directory, ending, progress, options.json ?? false));
  }
  await showRun(directory, ending, progress, options.json ?? false);
  return exitCode.ok;
}

/** Shows what was measured, read from disk. Where that fails, other programs are still told how the run ended. */
async function showRun(directory: string, ending: Ending, progress: Progress, json: boolean): Promise<void> {
  const result = (analysis?: unknown) =>
    print(eventLine({ type: 'result', directory, ...ending, ...(analysis === undefined ? {} : { analysis }) }));
  let stored: Run;
  try {
    stored = await readRun(directory);
  } catch (error) {
    if (json) result();
    throw error;
  }
  if (json) {
    result(stored.cells.length ? JSON.parse(runJson(analyseRun(stored))) : undefined);
    return;
  }
  if (stored.cells.length) print(`${renderRun(stored, terminalText())}\n`);
  progress.note(`results: ${directory}`);
  if (stored.cells.length) progress.note('HTML report with charts: npm run report');
}

type Ending = Pick<Extract<ProgressEvent, { type: 'result' }>, 'outcome' | 'exitCode' | 'message' | 'remedy' | 'also'>;

function endingOf(error: unknown): Ending {
  const also = suppressedErrors(error).map(errorText);
  const others = also.length ? { also } : {};
  if (!(error instanceof TrafficlabError))
    return { outcome: 'failed', exitCode: exitCode.failed, message: String(error), ...others };
  const { message, remedy, exitCode: code } = error;
  const outcome = error instanceof InterruptedError ? 'interrupted' : 'failed';
  return { outcome, exitCode: code, message, ...(remedy === undefined ? {} : { remedy }), ...others };
}

/** What an interruption takes down, as people read it. */
function created({ families, provider, keep = false }: Plan, { enclosure }: ClusterProvider): Created {
  const { context } = provider.options;
  const clusters = families.flatMap((family) => family.clusters.map(({ id }) => id));
  return {
    what: `${clusters.length > 1 ? 'clusters' : 'cluster'} ${clusters.join(', ')} on ${provider.name}`,
    kept: keep,
    ...(enclosure ? {} : { clean: context === undefined ? 'npm run clean' : `npm run clean -- --context ${quoted(context)}` }),
  };
}

function planEvent(plan: Plan, directory?: string): ProgressEvent {
  const families = plan.families.map(({ id, title, clusters, order }) => ({
    id,
    title,
    clusters: clusters.map((cluster) => cluster.id),
    blocks: order.length,
    cells: (order[0] ?? []).map(({ scenario, series }) => ({ scenario, series })),
  }));
  const skips = plan.skips.map(skipWords);
  return {
    type: 'plan',
    format: EVENTS_FORMAT,
    lab: plan.lab.name,
    provider: { name: plan.provider.name, reason: choiceWords(plan.provider.chosen) },
    ...(directory === undefined ? {} : { directory }),
    seconds: plan.estimate.seconds,
    families,
    skips,
  };
}

function announce(plan: Plan, progress: Progress): void {
  progress.note(`lab ${plan.lab.name} on ${plan.provider.name} (${choiceWords(plan.provider.chosen)})`);
  progress.note(
    `${plan.families.map(({ title, clusters }) => `${title}: ${clusters.map(({ id }) => id).join(', ')}`).join('; ')}; about ${duration(plan.estimate.seconds)}`,
  );
  for (const skip of plan.skips) progress.note(`skipped: ${skipLine(skip)}`);
}
