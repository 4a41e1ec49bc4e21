import { existsSync } from 'node:fs';
import type { ClusterProvider } from '../../src/cluster/contract/provider.ts';
import { SANDBOX_MARK } from '../../src/cluster/fabric/sandbox.ts';
import { silentProgress } from '../../src/progress/silent-progress.ts';
import { WAYS } from '../contract/ways-in-contract.ts';

/** Gets the programs that the ways in need, before a sandbox is entered: it has no way to the network. */
export async function prepareWaysIn(provider: ClusterProvider): Promise<void> {
  if (existsSync(SANDBOX_MARK)) return;
  await provider.prepare?.([], WAYS, { progress: silentProgress, yes: false });
}
