import { type ProviderOptions, providerOptions } from '../cluster/contract/options.ts';
import { registry } from '../cluster/registry.ts';
import { type ExitCode, exitCode, InterruptedError, UsageError } from '../errors.ts';
import { readRun } from '../results/read.ts';
import { runFamily } from '../run/run-family.ts';
import { interruption } from './interruption.ts';
import { progressFor } from './progress-for.ts';

export interface RunFamilyOptions extends ProviderOptions {
  readonly family: string;
  readonly keep?: boolean;
  readonly reuse?: boolean;
  readonly quiet?: boolean;
  /** Progress for other programs, on stdout. */
  readonly json?: boolean;
  /** When the command around this one began, as Date.now() has it. */
  readonly began?: number;
}

/** Runs one family of a plan that lies on disk: what `lab` starts inside a sandbox or another kernel. */
export async function runCommand(directory: string, options: RunFamilyOptions): Promise<ExitCode> {
  const { plan } = await readRun(directory);
  const family = plan.families.find(({ id }) => id === options.family);
  if (!family) throw new UsageError(`${directory} has no family ${options.family}`);
  const progress = progressFor(options);
  using stop = interruption(progress);
  const keep = options.keep ?? false;
  const reuse = options.reuse ?? false;
  try {
    const provider = registry[plan.provider.name](providerOptions(options));
    await runFamily(plan, family, provider, { directory, signal: stop.signal, progress, keep, reuse });
  } catch (error) {
    if (error instanceof InterruptedError) return exitCode.interrupted; // the command around this one tells it
    throw error;
  }
  return exitCode.ok;
}
