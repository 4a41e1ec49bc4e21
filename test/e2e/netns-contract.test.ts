import { netnsProvider } from '../../src/cluster/netns/provider.ts';
import { providerContract } from '../contract/provider-contract.ts';
import { waysInContract } from '../contract/ways-in-contract.ts';
import { describeInSandbox } from '../support/in-sandbox.ts';
import { prepareWaysIn } from '../support/prepare-ways-in.ts';

await prepareWaysIn(netnsProvider());
await describeInSandbox('netns', import.meta.url, () => {
  const specs = [
    { workers: 2, proxyMode: 'iptables', iptablesBackend: 'nf_tables' },
    { workers: 2, proxyMode: 'iptables', iptablesBackend: 'legacy' },
    { workers: 2, proxyMode: 'nftables' },
    { workers: 2, proxyMode: 'userspace' },
  ] as const;
  for (const spec of specs) {
    providerContract({ provider: netnsProvider(), spec });
    waysInContract({ provider: netnsProvider(), spec });
  }
});
