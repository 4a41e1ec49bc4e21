import { expect, test } from 'vitest';
import { binomialInterval } from '../../src/stats/binomial.ts';

// Exact tails, summed by hand from the binomial coefficients.
test.each([
  [100, 0.5, [34, 66]],
  [200, 1 / 3, [45, 89]],
  [10, 0.5, [0, 10]],
])('of %d trials with probability %d, 99.9 %% lie in %j', (trials, probability, expected) => {
  expect(binomialInterval(trials, probability, 0.999)).toEqual(expected);
});
