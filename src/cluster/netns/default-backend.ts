import { exec } from '../../process/exec.ts';
import type { IptablesBackend } from '../contract/provider.ts';
import { backendProgram } from './iptables-programs.ts';

let known: Promise<IptablesBackend> | undefined;

/** nf_tables where the kernel of this sandbox takes it, as distributions have chosen; else legacy. Looked once, with a chain of its own. */
export function defaultBackend(): Promise<IptablesBackend> {
  known ??= exec([backendProgram('iptables', 'nf_tables'), '-t', 'nat', '-N', 'TRAFFICLAB'], { accept: 'any' }).then(
    ({ exitCode }) => (exitCode === 0 ? 'nf_tables' : 'legacy'),
    () => 'legacy',
  );
  return known;
}
