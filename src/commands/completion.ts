import { type ExitCode, exitCode, UsageError } from '../errors.ts';
import { completionScript, shells } from '../options/completion.ts';
import { plainLabel } from '../plain.ts';
import { print } from '../process/standard-output.ts';
import { choices } from './choices.ts';

/** Prints the completion script of a shell. @throws UsageError for a shell that has none. */
export async function completionCommand(name: string): Promise<ExitCode> {
  const shell = shells.find((one) => one === name);
  if (!shell)
    throw new UsageError(`no completion script for "${plainLabel(name)}"`, { remedy: `choose one of ${shells.join(', ')}` });
  print(completionScript(shell, await choices()));
  return exitCode.ok;
}
