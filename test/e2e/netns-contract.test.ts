import { netnsProvider } from '../../src/cluster/netns/provider.ts';
import { providerContract } from '../contract/provider-contract.ts';
import { describeInSandbox } from '../support/in-sandbox.ts';

await describeInSandbox('netns', import.meta.url, () => {
  providerContract({ provider: netnsProvider(), spec: { workers: 2, proxyMode: 'iptables', iptablesBackend: 'nf_tables' } });
  providerContract({ provider: netnsProvider(), spec: { workers: 2, proxyMode: 'iptables', iptablesBackend: 'legacy' } });
  providerContract({ provider: netnsProvider(), spec: { workers: 2, proxyMode: 'nftables' } });
  providerContract({ provider: netnsProvider(), spec: { workers: 2, proxyMode: 'userspace' } });
});
