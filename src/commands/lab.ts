import { randomInt } from 'node:crypto';
import pc from 'picocolors';
import type { ProviderOptions } from '../cluster/options.ts';
import { type ExitCode, exitCode, UsageError } from '../errors.ts';
import { loadLab } from '../lab/load.ts';
import { applyOverrides, type Overrides } from '../lab/overrides.ts';
import { makePlan, type Plan } from '../lab/plan.ts';
import { createProgress, type Progress, silentProgress } from '../progress.ts';
import { planText } from '../report/plan-text.ts';
import { renderRun } from '../report/text.ts';
import { createRunDirectory } from '../results/directory.ts';
import { addFacts } from '../results/facts.ts';
import { readRun } from '../results/read.ts';
import { machineFacts } from '../run/machine.ts';
import { askInTerminal } from '../setup/ask-in-terminal.ts';
import { version } from '../version.ts';
import { chooseProvider } from './choose-provider.ts';
import { interruption } from './interruption.ts';
import { resultsDirectory } from './places.ts';
import { runPlan } from './run-plan.ts';

export interface LabOptions extends Overrides, Omit<ProviderOptions, 'kubernetes'> {
  readonly provider?: string;
  readonly dryRun?: boolean;
  readonly keep?: boolean;
  readonly reuse?: boolean;
  readonly results?: string;
  readonly quiet?: boolean;
  readonly yes?: boolean;
}

/**
 * Runs one lab: plan, clusters, proofs, load, and the table with its verdicts from disk. With `--dry-run` prints the plan only.
 * @throws what loading, planning and running throw; the table of what was measured is printed all the same.
 */
export async function labCommand(name: string, options: LabOptions): Promise<ExitCode> {
  const { lab, overrides } = applyOverrides(await loadLab(name), overridesOf(options));
  const progress = options.quiet ? silentProgress : createProgress();
  const ask = askInTerminal();
  const setup = { progress, yes: options.yes ?? false, ...(ask ? { ask } : {}) };
  const { kubernetes } = lab.cluster;
  const { kubernetes: _ofLab, ...others } = options;
  const ofProvider: ProviderOptions = { ...others, ...(kubernetes === undefined ? {} : { kubernetes }) };
  // A dry run gets nothing: what is missing is part of what it prints.
  const choice = await chooseProvider(lab, options.provider, ofProvider, options.dryRun ? undefined : setup);
  if ((options.keep || options.reuse) && !choice.provider.keeps)
    throw new UsageError(`clusters of ${choice.provider.name} end with the command: there is nothing to keep or to use again`, {
      remedy: 'leave out --keep and --reuse, or name another provider',
    });
  const plan = makePlan(lab, {
    provider: { name: choice.provider.name, reason: choice.reason },
    limits: choice.limits,
    overrides: { ...overrides, ...(options.image?.length ? { image: options.image } : {}) },
    seed: lab.seed ?? randomInt(2 ** 32),
    version,
  });
  if (options.dryRun) {
    process.stdout.write(planText(plan));
    return exitCode.ok;
  }
  announce(plan, progress);
  const directory = await createRunDirectory(resultsDirectory(options.results), plan, new Date());
  await addFacts(directory, { machine: machineFacts() });
  using stop = interruption(progress);
  const run = {
    directory,
    progress,
    signal: stop.signal,
    keep: options.keep ?? false,
    reuse: options.reuse ?? false,
    quiet: options.quiet ?? false,
  };
  try {
    await runPlan(plan, choice, run);
  } finally {
    const stored = await readRun(directory);
    if (stored.cells.length)
      process.stdout.write(`${renderRun(stored, { colour: process.stdout.isTTY === true && pc.isColorSupported })}\n`);
    progress.note(`results: ${directory}`);
  }
  return exitCode.ok;
}

function announce(plan: Plan, progress: Progress): void {
  progress.note(`lab ${plan.lab.name} on ${plan.provider.name} (${plan.provider.reason})`);
  const minutes = Math.max(1, Math.round(plan.estimate.seconds / 60));
  progress.note(
    `${plan.families.map(({ title, clusters }) => `${title}: ${clusters.map(({ id }) => id).join(', ')}`).join('; ')}; about ${minutes} min`,
  );
  for (const { what, reason, remedy } of plan.skips) progress.note(`skipped: ${what}: ${reason} (${remedy})`);
}

function overridesOf({ connections, duration, warmup, blocks, seed, workers, replicas, kubernetes }: LabOptions): Overrides {
  return { connections, duration, warmup, blocks, seed, workers, replicas, kubernetes };
}
