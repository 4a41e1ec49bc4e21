import { type ExitCode, exitCode, UnavailableError } from '../errors.ts';
import type { CommandOptions } from '../options/table.ts';
import { plainLabel } from '../plain.ts';
import { print } from '../process/standard-output.ts';
import { makeProvider, providerNames } from './make-provider.ts';

/** Deletes what earlier runs left behind (a SIGKILL, a crash, `--keep`), and prints each thing that it deleted. */
export async function cleanCommand(options: CommandOptions<'clean'>): Promise<ExitCode> {
  const all: string[] = [];
  // One after the other: providers may share an engine, and what one deletes the next must not meet half gone.
  for (const name of providerNames) all.push(...(await sweep(name, options)));
  print(all.length ? `${all.map((one) => `deleted ${plainLabel(one)}`).join('\n')}\n` : 'nothing to clean\n');
  return exitCode.ok;
}

async function sweep(name: string, options: CommandOptions<'clean'>): Promise<readonly string[]> {
  try {
    return await makeProvider(name, options).sweep();
  } catch (error) {
    // Where a provider cannot run, it left nothing that could be reached.
    if (error instanceof UnavailableError) return [];
    throw error;
  }
}
