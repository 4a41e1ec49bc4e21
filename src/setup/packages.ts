import { CommandError, UnavailableError } from '../errors.ts';
import { fileError } from '../files/file-error.ts';
import type { Progress } from '../progress/progress.ts';
import { unpackDebianPackages } from './debian-packages.ts';
import { type FoundPrograms, findIn, findPrograms } from './find-programs.ts';
import { type InstallCommand, installCommand, runInstallCommand } from './install-command.ts';
import { type Machine, thisMachine } from './machine.ts';
import type { Program } from './programs.ts';

export interface SetupContext {
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  /** `--yes`: install without asking. */
  readonly yes: boolean;
  /** Only trafficlab's own cache is filled: nothing is installed, nobody is asked. */
  readonly cacheOnly?: boolean;
  /** Asks the person at the terminal; absent where there is none. */
  readonly ask?: (question: string) => Promise<boolean>;
  readonly machine?: Machine;
}

/**
 * Finds programs of the operating system, and gets those that are missing: on Debian and its kin by unpacking packages into
 * trafficlab's own cache, which changes nothing of the machine; elsewhere by its package manager, after a yes.
 * @returns their paths, and the environment in which they run; nothing is missing.
 * @throws UnavailableError with the one command, where they cannot be had or nobody said yes.
 */
export async function ensurePrograms(needs: readonly Program[], context: SetupContext): Promise<FoundPrograms> {
  const machine = context.machine ?? (await thisMachine());
  const found = await findPrograms(needs, machine);
  if (found.missing.length === 0) return found;
  const obstacle = await fetchMissing(found.missing, machine, context);
  const afterFetch = await findPrograms(needs, machine);
  if (afterFetch.missing.length === 0) return afterFetch;
  await installMissing(afterFetch.missing, machine, context, obstacle);
  const afterInstall = await findPrograms(needs, machine);
  if (afterInstall.missing.length === 0) return afterInstall;
  throw unavailable(afterInstall.missing, 'its package is installed, but the program is not on PATH', undefined);
}

/** Why the missing programs are not in the cache now; undefined when they should be, or when this is not the way here. */
async function fetchMissing(missing: readonly Program[], machine: Machine, context: SetupContext): Promise<string | undefined> {
  const tool = (name: string) => findIn(name, machine.toolPath);
  const [aptGet, aptConfig, dpkg] = await Promise.all([tool('apt-get'), tool('apt-config'), tool('dpkg')]);
  const names = [...new Set(missing.map((program) => program.package['apt-get']))].filter((name) => name !== undefined);
  if (!aptGet || !aptConfig || !dpkg || names.length === 0) return undefined;
  const { progress, signal } = context;
  try {
    await progress.step("Fetching system packages into trafficlab's cache", (step) =>
      unpackDebianPackages(names, {
        tools: { aptGet, aptConfig, dpkg },
        directory: machine.cacheDirectory,
        step,
        ...(signal === undefined ? {} : { signal }),
      }),
    );
    return undefined;
  } catch (error) {
    // A cache that cannot be written (a full disk, a home that is not there) is a reason to go on with installing.
    const told = fileError(error, `cannot write to the cache ${machine.cacheDirectory}`);
    if (error instanceof CommandError || told !== error) return (told as Error).message;
    throw error;
  }
}

async function installMissing(missing: readonly Program[], machine: Machine, context: SetupContext, obstacle?: string) {
  const command = await installCommand(missing, machine);
  if (!command?.canRun || context.cacheOnly) throw unavailable(missing, obstacle, command);
  const { ask } = context;
  const agreed = context.yes || (ask ? await ask(`${lacks(missing)}. Install with: ${command.text} ?`) : machine.isRoot);
  if (!agreed) throw unavailable(missing, obstacle, command);
  try {
    await context.progress.step(`Installing: ${command.text}`, () => runInstallCommand(command, machine, context.signal));
  } catch (error) {
    if (error instanceof CommandError) throw unavailable(missing, error.message, command);
    throw error;
  }
}

const lacks = (missing: readonly Program[]) => `Missing on this machine: ${missing.map(({ name }) => name).join(', ')}`;

const unavailable = (missing: readonly Program[], reason: string | undefined, command: InstallCommand | undefined) =>
  new UnavailableError(`${lacks(missing)}${reason === undefined ? '' : `: ${reason}`}`, { remedy: remedy(command) });

const remedy = (command: InstallCommand | undefined): string => {
  if (command === undefined) return "install them with this machine's package manager";
  return `${command.canRun ? 'run' : 'run as root'}: ${command.text}`;
};
