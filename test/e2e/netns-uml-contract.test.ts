import { netnsProvider } from '../../src/cluster/netns/provider.ts';
import { providerContract } from '../contract/provider-contract.ts';
import { waysInContract } from '../contract/ways-in-contract.ts';
import { describeInUserModeLinux } from '../support/in-sandbox.ts';
import { prepareWaysIn } from '../support/prepare-ways-in.ts';

await prepareWaysIn(netnsProvider());
await describeInUserModeLinux('netns in User-Mode Linux', import.meta.url, () => {
  const specs = [
    { workers: 2, proxyMode: 'ipvs' },
    { workers: 2, proxyMode: 'iptables', iptablesBackend: 'legacy' },
  ] as const;
  for (const spec of specs) {
    providerContract({ provider: netnsProvider(), spec });
    waysInContract({ provider: netnsProvider(), spec });
  }
});
