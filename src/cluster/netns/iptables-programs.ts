import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../../errors.ts';
import { makeFolder } from '../../files/write-file.ts';
import type { IptablesBackend } from '../contract/provider.ts';
import { findProgram } from '../fabric/find-program.ts';

const commands = ['iptables', 'iptables-save', 'iptables-restore'] as const;

/** `iptables-save` of legacy is `iptables-legacy-save`; of nf_tables, `iptables-nft-save`. */
export const backendProgram = (command: string, backend: IptablesBackend): string =>
  command.replace('iptables', backend === 'legacy' ? 'iptables-legacy' : 'iptables-nft');

/**
 * Makes a folder in which `iptables`, `iptables-save` and `iptables-restore` are those of one backend, as an image of a node has them,
 * whatever this machine's own are.
 */
export async function iptablesFolder(backend: IptablesBackend): Promise<string> {
  const folder = `/run/trafficlab-iptables-${backend}`;
  await makeFolder(folder);
  for (const command of commands) {
    const program = await findProgram(backendProgram(command, backend));
    if (!program)
      throw new CommandError(`${backendProgram(command, backend)} is not installed`, { remedy: 'install the package iptables' });
    await symlink(program, join(folder, command)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error; // another cluster of this sandbox has made it
    });
  }
  return folder;
}
