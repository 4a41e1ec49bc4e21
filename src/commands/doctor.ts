import type { ProviderOptions } from '../cluster/options.ts';
import { registry } from '../cluster/registry.ts';
import { type ExitCode, exitCode } from '../errors.ts';
import { doctorText } from '../report/doctor-text.ts';

/** Prints what every provider can do on this machine, what it lacks, and the command that adds it. */
export async function doctorCommand(options: ProviderOptions): Promise<ExitCode> {
  const examined = await Promise.all(
    Object.entries(registry).map(async ([name, make]) => ({ name, limits: await make(options).inspect() })),
  );
  process.stdout.write(doctorText(examined));
  return exitCode.ok;
}
