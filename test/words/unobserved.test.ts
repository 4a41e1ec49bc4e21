import { expect, test } from 'vitest';
import { unobservedTexts } from '../../src/words/unobserved.ts';

test('nodes that share a reason are named together', () => {
  const closed = ['one', 'two'].map((node) => ({
    code: 'closed-node' as const,
    node,
    because: 'cluster-scope-not-allowed' as const,
  }));
  expect(unobservedTexts([...closed, { code: 'kube-proxy-absent', node: 'two' }, { code: 'stated', text: 'no shell' }])).toEqual([
    'one, two: only a privileged pod sees the rules and the kernel of a node: --allow-cluster-scope',
    'two: kube-proxy itself was not heard: no pod of it runs there',
    'no shell',
  ]);
});
