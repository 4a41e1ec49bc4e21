import { expect, test } from 'vitest';
import { backendOf, judgeBackend } from '../../../src/cluster/kube/iptables-backend.ts';

test.each([
  ['iptables v1.8.9 (nf_tables)', 'nf_tables'],
  ['iptables v1.8.11 (legacy)', 'legacy'],
  ['iptables v1.6.1', undefined],
  ['', undefined],
])('%j is the backend %s', (version, backend) => {
  expect(backendOf(version)).toBe(backend);
});

const version = 'iptables v1.8.9 (nf_tables)';
const ofKubelet = '*nat\n:KUBE-KUBELET-CANARY - [0:0]\n:KUBE-MARK-MASQ - [0:0]\nCOMMIT\n';
const ofKubeProxy = '*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\nCOMMIT\n';

test.each([
  [
    'chains of kube-proxy in one backend are seen in the kernel',
    { nft: ofKubelet, legacy: ofKubeProxy, version },
    { value: 'legacy', source: 'kernel' },
  ],
  [
    'chains of the kubelet are not those of kube-proxy',
    { nft: ofKubelet, legacy: '', version },
    { value: 'nf_tables', source: 'component' },
  ],
  ['both backends', { nft: ofKubeProxy, legacy: ofKubeProxy, version }, { unknown: expect.stringContaining('both') }],
  ['neither, and no word', { nft: '', legacy: '', version: '' }, { unknown: expect.any(String) }],
])('the backend of iptables: %s', (_what, texts, expected) => expect(judgeBackend('one', texts)).toMatchObject(expected));
