import { fakeProvider } from '../fakes/provider.ts';
import { providerContract } from './provider-contract.ts';

providerContract({
  provider: fakeProvider(),
  spec: { workers: 0, proxyMode: 'iptables', iptablesBackend: 'nf_tables' },
  settleMs: 1_000,
});
