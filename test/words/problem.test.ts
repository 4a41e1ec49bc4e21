import { expect, test } from 'vitest';
import type { Problem } from '../../src/proof/problem.ts';
import { problemText, unprovenText } from '../../src/words/problem.ts';

test.each<[string, Problem]>([
  [
    'worker: default/web: chain X counted 11 of 12 new connections',
    {
      code: 'miscounted',
      node: 'worker',
      service: 'default/web',
      object: { kind: 'chain', name: 'X' },
      expected: 12,
      counted: 11,
    },
  ],
  [
    'worker2: its BGP session with router is Active',
    { code: 'session-down', node: 'worker2', router: 'router', state: 'Active' },
  ],
  [
    '3 of 12 new connections to http://10.0.0.1/ got no answer (ECONNREFUSED, status 404)',
    { code: 'no-answer', url: 'http://10.0.0.1/', failed: 3, of: 12, errors: ['ECONNREFUSED'], statuses: [404] },
  ],
  [
    'worker: kernel objects of iptables mode too: 7 KUBE-SVC- chains',
    { code: 'other-mode-present', node: 'worker', mode: 'iptables', count: 7 },
  ],
])('%s', (text, problem) => {
  expect(problemText(problem)).toBe(text);
});

test('a proof that is not made, with its subject', () => {
  expect(unprovenText({ subject: 'rules', problems: [{ code: 'no-proof' }] })).toBe('rules: no proof was recorded');
});
