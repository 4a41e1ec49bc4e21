import { UnavailableError } from '../../errors.ts';
import { findPrograms } from '../../setup/find-programs.ts';
import { thisMachine } from '../../setup/machine.ts';
import { ensurePrograms, type SetupContext } from '../../setup/packages.ts';
import { type ProgramName, programs } from '../../setup/programs.ts';
import type { ProxyMode } from '../contract/provider.ts';
import type { Topology } from '../contract/topology.ts';
import type { Environment } from '../fabric/sandbox.ts';
import { allWayPrograms, wayPrograms } from './ways-in.ts';

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
 * Gets the programs that the modes and the ways in need, those of User-Mode Linux only where this kernel has no IPVS.
 * Throws as `ensurePrograms`, but for ways in, which are skipped where their programs cannot be had.
 */
export async function prepareNetns(
  modes: readonly ProxyMode[],
  topologies: readonly Topology[],
  context: SetupContext,
  hasIpvs: (env: Environment) => Promise<boolean>,
): Promise<void> {
  await get([...ALWAYS, ...IPTABLES, ...modes.flatMap((mode) => MODES[mode] ?? [])], context);
  if (modes.includes('ipvs') && !(await hasIpvs(await fetchedEnvironment()))) await get(['linux.uml', 'modprobe'], context);
  for (const needed of wayPrograms(topologies)) await ensurePrograms(needed, context).catch(unlessUnavailable);
}

function unlessUnavailable(error: unknown): void {
  if (!(error instanceof UnavailableError)) throw error;
}

/**
 * The environment in which programs are found and run that were fetched before; fetches nothing. It is handed on and never set for this
 * process, because another provider may be looking at the machine at the same time.
 */
export async function fetchedEnvironment(): Promise<Environment> {
  const all = [...ALWAYS, ...IPTABLES, ...Object.values(MODES).flat(), 'linux.uml', 'modprobe'] as const;
  return (await findPrograms([...programs(...all), ...allWayPrograms], await thisMachine())).env;
}

async function get(names: readonly ProgramName[], context: SetupContext): Promise<void> {
  await ensurePrograms(programs(...names), context);
}
