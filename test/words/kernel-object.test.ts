import { expect, test } from 'vitest';
import type { KernelObject } from '../../src/proof/kernel-object.ts';
import { objectText } from '../../src/words/kernel-object.ts';

test.each<[string, KernelObject]>([
  ['chain KUBE-SVC-A', { kind: 'chain', name: 'KUBE-SVC-A' }],
  ['DNAT', { kind: 'target', name: 'DNAT' }],
  ['map service-ips', { kind: 'map', name: 'service-ips' }],
  ['rule -A PREROUTING -j ACCEPT', { kind: 'rule', rule: '-A PREROUTING -j ACCEPT' }],
  ['a rule of chain services: accept', { kind: 'rule', rule: 'accept', chain: 'services' }],
  ['table ip evil, a rule of chain pre: accept', { kind: 'rule', rule: 'accept', chain: 'pre', table: 'ip evil' }],
  ['virtual server 10.96.0.1:80', { kind: 'virtual-server', name: '10.96.0.1:80' }],
  ['the node-port entry 172.18.0.2:30080', { kind: 'entry', entry: 'node-port', address: '172.18.0.2', port: 30080 }],
  ['rules that lead to 10.244.1.2', { kind: 'rules-to', address: '10.244.1.2' }],
])('%s', (text, object) => {
  expect(objectText(object)).toBe(text);
});
