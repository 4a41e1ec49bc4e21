import { describe, test } from 'vitest';
import { k3dProvider } from '../../../src/cluster/k3d/provider.ts';
import { obstacleWords } from '../../../src/words/obstacle.ts';
import { providerContract } from '../../contract/provider-contract.ts';

const provider = k3dProvider({});
const limits = await provider.inspect();

// No image of k3s can be had on our machines: it has been skipped on all of them so far.
for (const proxyMode of ['iptables', 'ipvs', 'nftables'] as const) {
  const obstacle = limits.provider ?? limits.proxyModes[proxyMode];
  if (obstacle) describe(`k3d, ${proxyMode}`, () => test.skip(`skipped: ${obstacleWords(obstacle).reason}`));
  else providerContract({ provider, spec: { workers: 2, proxyMode } });
}
