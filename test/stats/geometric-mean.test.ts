import { expect, test } from 'vitest';
import { geometricMean } from '../../src/stats/geometric-mean.ts';

test('a geometric mean with a Student interval of the logarithms', () => {
  const { mean, interval95, n } = geometricMean([1, 10, 100]);
  expect(mean).toBeCloseTo(10, 10);
  // Logarithms 0, 1 and 2 to the base of ten: 1 with a standard error of 1/sqrt(3), and t is 4.3027 for 2 degrees of freedom.
  expect(Math.log10(interval95![0])).toBeCloseTo(1 - 4.3027 / Math.sqrt(3), 3);
  expect(Math.log10(interval95![1])).toBeCloseTo(1 + 4.3027 / Math.sqrt(3), 3);
  expect(n).toBe(3);
});

test('one figure has no interval, and none or one not above zero no mean', () => {
  expect(geometricMean([7])).toEqual({ mean: expect.closeTo(7, 10), n: 1 });
  for (const figures of [[], [1, 0], [1, Number.NaN]]) expect(() => geometricMean(figures)).toThrow(RangeError);
});
