import { type ExitCode, exitCode, InterruptedError, UsageError } from '../errors.ts';
import type { CommandOptions } from '../options/table.ts';
import { readRun } from '../results/read.ts';
import { runFamily } from '../run/run-family.ts';
import { interruption } from './interruption.ts';
import { makeProvider, providerOptionsFor } from './make-provider.ts';
import { progressFor } from './progress-for.ts';

/** Runs one family of a plan that lies on disk: what `lab` starts inside a sandbox or another kernel. All that the run needs is in the plan. */
export async function runCommand(directory: string, options: CommandOptions<'run'>): Promise<ExitCode> {
  const { plan } = await readRun(directory);
  const family = plan.families.find(({ id }) => id === options.family);
  if (!family) throw new UsageError(`${directory} has no family ${options.family}`);
  const progress = progressFor(options);
  using stop = interruption(progress);
  try {
    const provider = makeProvider(plan.provider.name, providerOptionsFor(plan.lab, plan.provider.options));
    await runFamily(plan, family, provider, { directory, signal: stop.signal, progress });
  } catch (error) {
    if (error instanceof InterruptedError) return exitCode.interrupted; // the command around this one tells it
    throw error;
  }
  return exitCode.ok;
}
