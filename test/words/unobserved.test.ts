import { expect, test } from 'vitest';
import { unobservedTexts } from '../../src/words/unobserved.ts';

test('nodes that share a reason are named together', () => {
  const closed = ['one', 'two'].map((node) => ({
    code: 'closed-node' as const,
    node,
    because: 'cluster-scope-not-allowed' as const,
  }));
  expect(unobservedTexts([...closed, { code: 'kube-proxy-absent', node: 'two' }, { code: 'stated', text: 'no shell' }])).toEqual([
    "one, two: only a privileged pod can read a node's rules and kernel: --allow-cluster-scope",
    'two: kube-proxy was not queried: no kube-proxy pod runs there',
    'no shell',
  ]);
});
