import { expect, test } from 'vitest';
import { pairedDifference } from '../../src/stats/difference.ts';

test('the mean difference within blocks, with its t interval', () => {
  const { difference, interval95, n } = pairedDifference([
    [12, 10],
    [15, 11],
    [16, 10],
  ]);
  expect({ difference, n }).toEqual({ difference: 4, n: 3 });
  // t(2) = 4.3027 at 95 %; the standard error of 2, 4, 6 is 2 / sqrt(3).
  expect(interval95[0]).toBeCloseTo(4 - 4.3027 * (2 / Math.sqrt(3)), 3);
  expect(interval95[1]).toBeCloseTo(4 + 4.3027 * (2 / Math.sqrt(3)), 3);
});

test('one pair has no spread', () => {
  expect(() => pairedDifference([[1, 2]])).toThrow(RangeError);
});
