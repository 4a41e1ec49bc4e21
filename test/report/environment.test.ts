import { expect, test } from 'vitest';
import { environmentOf } from '../../src/report/environment.ts';

test('what was detected is a row each, with its source; clusters that are alike stand once', () => {
  const facts = (mode: 'ipvs' | 'iptables') => ({
    provider: 'netns' as const,
    kernel: '6.1',
    detected: {
      proxyMode: { value: mode, source: 'kernel' as const, from: 'the rules on one' },
      cni: { unknown: 'nobody looked' },
      proxyModeOf: { two: { unknown: 'not asked' } },
    },
  });
  const rows = environmentOf({ machine: {}, facts: { 'f/a': facts('ipvs'), 'f/b': facts('iptables') } });
  expect(rows).toEqual(
    expect.arrayContaining([
      { where: 'f/a', what: 'proxy mode', value: 'ipvs (observed in the kernel: the rules on one)' },
      { where: 'f/b', what: 'proxy mode', value: 'iptables (observed in the kernel: the rules on one)' },
      { where: 'f/a, f/b', what: 'CNI', value: 'unknown: nobody looked' },
      { where: 'f/a, f/b', what: 'proxy mode of two', value: 'unknown: not asked' },
    ]),
  );
  expect(rows.some(({ what }) => what.startsWith('detected'))).toBe(false);
});
