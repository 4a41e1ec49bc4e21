import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleaningUp } from '../errors.ts';
import { exec } from '../process/exec.ts';
import { findIn } from './find-programs.ts';
import type { Machine } from './machine.ts';
import { type PackageManager, type Program, packageManagers } from './programs.ts';

/** The one command that installs packages on this machine; several argvs, one after the other. */
export interface InstallCommand {
  readonly manager: PackageManager;
  readonly argvs: readonly (readonly string[])[];
  /** For people to copy. */
  readonly text: string;
  /** Whether it can be run by trafficlab: as root, or through sudo. */
  readonly canRun: boolean;
}

const installers: Readonly<Record<PackageManager, (names: readonly string[]) => readonly (readonly string[])[]>> = {
  'apt-get': (names) => [
    ['apt-get', 'update'],
    ['apt-get', 'install', '--yes', '--no-install-recommends', ...names],
  ],
  dnf: (names) => [['dnf', 'install', '--assumeyes', ...names]],
  zypper: (names) => [['zypper', '--non-interactive', 'install', ...names]],
  pacman: (names) => [['pacman', '-S', '--noconfirm', '--needed', ...names]],
  apk: (names) => [['apk', 'add', ...names]],
};

/** How the programs' packages are installed here; undefined where no known package manager has them all. */
export async function installCommand(missing: readonly Program[], machine: Machine): Promise<InstallCommand | undefined> {
  for (const manager of packageManagers) {
    if ((await findIn(manager, machine.toolPath)) === undefined) continue;
    const names = missing.map((program) => program.package[manager]);
    if (!names.every((name) => name !== undefined)) return undefined;
    const sudo = machine.isRoot ? undefined : await findIn('sudo', machine.toolPath);
    const argvs = installers[manager]([...new Set(names)]).map((argv) => (sudo === undefined ? argv : ['sudo', ...argv]));
    const text = argvs.map((argv) => argv.join(' ')).join(' && ');
    return { manager, argvs, text, canRun: machine.isRoot || sudo !== undefined };
  }
  return undefined;
}

/** Runs it; on Debian so that no service starts, whatever the packages bring. */
export async function runInstallCommand(command: InstallCommand, machine: Machine, signal?: AbortSignal): Promise<void> {
  const options = {
    ...(signal === undefined ? {} : { signal }),
    env: { PATH: machine.toolPath.join(':'), DEBIAN_FRONTEND: 'noninteractive' },
  };
  const install = async () => {
    for (const argv of command.argvs) await exec(argv, options);
  };
  if (command.manager !== 'apt-get') return install();
  const guard = await forbidServices(machine, options.env);
  await cleaningUp(install, async () => guard[Symbol.asyncDispose]());
}

/** invoke-rc.d(8): a policy program that answers 101 forbids the action. One that is there already belongs to someone else. */
async function forbidServices(machine: Machine, env: Readonly<Record<string, string>>): Promise<AsyncDisposable> {
  if (await stat(machine.policyFile).catch(() => undefined)) return { [Symbol.asyncDispose]: async () => {} };
  const asRoot = (...argv: string[]) => exec(machine.isRoot ? argv : ['sudo', ...argv], { env });
  const folder = await mkdtemp(join(tmpdir(), 'trafficlab-'));
  const policy = join(folder, 'policy-rc.d');
  await writeFile(policy, '#!/bin/sh\n# Made by trafficlab while it installs packages; can be deleted.\nexit 101\n');
  await asRoot('install', '-m', '755', policy, machine.policyFile);
  return {
    [Symbol.asyncDispose]: async () => {
      await cleaningUp(
        () => asRoot('rm', '-f', machine.policyFile),
        () => rm(folder, { recursive: true, force: true }),
      );
    },
  };
}
