import { expect, test } from 'vitest';
import { backendOf } from '../../../src/cluster/kube/iptables-backend.ts';

test.each([
  ['iptables v1.8.9 (nf_tables)', 'nf_tables'],
  ['iptables v1.8.11 (legacy)', 'legacy'],
  ['iptables v1.6.1', undefined],
  ['', undefined],
])('%j is the backend %s', (version, backend) => {
  expect(backendOf(version)).toBe(backend);
});
