import { describe, test } from 'vitest';
import { kindProvider } from '../../../src/cluster/kind/provider.ts';
import { obstacleWords } from '../../../src/words/obstacle.ts';
import { providerContract } from '../../contract/provider-contract.ts';
import { waysInContract } from '../../contract/ways-in-contract.ts';

const provider = kindProvider({});
const limits = await provider.inspect();

for (const proxyMode of ['iptables', 'nftables'] as const) {
  const obstacle = limits.provider ?? limits.proxyModes[proxyMode];
  if (obstacle) describe(`kind, ${proxyMode}`, () => test.skip(`skipped: ${obstacleWords(obstacle).reason}`));
  else {
    providerContract({ provider, spec: { workers: 2, proxyMode } });
    // In the mode that the labs about ways in use; what enters meets kube-proxy's rules in each alike.
    if (proxyMode === 'nftables') waysInContract({ provider, spec: { workers: 2, proxyMode } });
  }
}
