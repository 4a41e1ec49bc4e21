import { netnsProvider } from '../../src/cluster/netns/provider.ts';
import { providerContract } from '../contract/provider-contract.ts';
import { describeInUserModeLinux } from '../support/in-sandbox.ts';

await describeInUserModeLinux('netns in User-Mode Linux', import.meta.url, () => {
  providerContract({ provider: netnsProvider(), spec: { workers: 2, proxyMode: 'ipvs' } });
  providerContract({ provider: netnsProvider(), spec: { workers: 2, proxyMode: 'iptables', iptablesBackend: 'legacy' } });
});
