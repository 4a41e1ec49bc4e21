import { type ExitCode, exitCode } from '../errors.ts';
import type { CommandOptions } from '../options/table.ts';
import { print } from '../process/standard-output.ts';
import { createProgress } from '../progress/create-progress.ts';
import { doctorText, fixText } from '../report/doctor-text.ts';
import { fix } from './fix.ts';
import { makeProvider, providerNames } from './make-provider.ts';

export type DoctorOptions = CommandOptions<'doctor'>;

/** Prints what every provider can do on this machine, what it lacks, and the command that adds it; with `fix`, after getting what needs no decision. */
export async function doctorCommand(options: DoctorOptions): Promise<ExitCode> {
  const providers = providerNames.map((name) => ({ name, provider: makeProvider(name, options) }));
  if (!options.fix) {
    const examined = providers.map(async ({ name, provider }) => ({ name, limits: await provider.inspect() }));
    print(doctorText(await Promise.all(examined)));
    return exitCode.ok;
  }
  const progress = createProgress();
  const fixed = [];
  for (const { name, provider } of providers) fixed.push({ name, ...(await fix(provider, progress)) });
  print(`${doctorText(fixed)}\n${fixText(fixed)}`);
  return exitCode.ok;
}
