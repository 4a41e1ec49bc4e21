import { UnavailableError } from '../../errors.ts';
import { findPrograms } from '../../setup/find-programs.ts';
import { thisMachine } from '../../setup/machine.ts';
import { ensurePrograms, type SetupContext } from '../../setup/packages.ts';
import { type ProgramName, programs } from '../../setup/programs.ts';
import type { ProxyMode } from '../provider.ts';
import type { Topology } from '../topology.ts';
import { WAY_PROGRAMS, wayPrograms } from './ways-in.ts';

/** What any cluster of namespaces needs. */
const ALWAYS = ['unshare', 'setpriv', 'nsenter', 'setsid', 'mount', 'xargs', 'stty', 'ip', 'ss', 'tc', 'sysctl'] as const;
/** Rules of iptables are always there to compare with, with each backend. */
const IPTABLES = [
  'iptables-nft',
  'iptables-nft-restore',
  'iptables-nft-save',
  'iptables-legacy',
  'iptables-legacy-restore',
  'iptables-legacy-save',
] as const;
const MODES: Readonly<Partial<Record<ProxyMode, readonly ProgramName[]>>> = { nftables: ['nft'], ipvs: ['ipset', 'ipvsadm'] };

/**
 * Gets the programs that the modes and the ways in need, those of User-Mode Linux only where this kernel has no IPVS, and puts them on
 * this process's PATH. Throws as `ensurePrograms`, but for ways in, which are skipped where their programs cannot be had.
 */
export async function prepareNetns(
  modes: readonly ProxyMode[],
  topologies: readonly Topology[],
  context: SetupContext,
  hasIpvs: () => Promise<boolean>,
): Promise<void> {
  await use([...ALWAYS, ...IPTABLES, ...modes.flatMap((mode) => MODES[mode] ?? [])], context);
  if (modes.includes('ipvs') && !(await hasIpvs())) await use(['linux.uml', 'modprobe'], context);
  for (const names of wayPrograms(topologies)) await use(names, context).catch(unlessUnavailable);
}

function unlessUnavailable(error: unknown): void {
  if (!(error instanceof UnavailableError)) throw error;
}

/** Puts what was fetched before on this process's PATH, so that a look sees what a run would have; fetches nothing. */
export async function useFetched(): Promise<void> {
  const all = [
    ...ALWAYS,
    ...IPTABLES,
    ...Object.values(MODES).flat(),
    'linux.uml',
    'modprobe',
    ...Object.values(WAY_PROGRAMS).flat(),
  ] as const;
  const { env } = await findPrograms(programs(...all), await thisMachine());
  Object.assign(process.env, env);
}

async function use(names: readonly ProgramName[], context: SetupContext): Promise<void> {
  const { env } = await ensurePrograms(programs(...names), context);
  Object.assign(process.env, env);
}
