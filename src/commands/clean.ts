import { type ProviderName, providerNames } from '../cluster/provider.ts';
import { registry } from '../cluster/registry.ts';
import { type ExitCode, exitCode, UnavailableError } from '../errors.ts';

/** Deletes what earlier runs left behind (a SIGKILL, a crash, `--keep`), and prints each thing that it deleted. */
export async function cleanCommand(): Promise<ExitCode> {
  const swept = await Promise.all(providerNames.map(sweep));
  const all = swept.flat();
  process.stdout.write(all.length ? `${all.map((one) => `deleted ${one}`).join('\n')}\n` : 'nothing to clean\n');
  return exitCode.ok;
}

async function sweep(name: ProviderName): Promise<readonly string[]> {
  try {
    return await registry[name]({}).sweep();
  } catch (error) {
    // Where a provider cannot run, it left nothing that could be reached.
    if (error instanceof UnavailableError) return [];
    throw error;
  }
}
