import { describe, expect, test } from 'vitest';
import { logBand, neededBlocks } from '../../src/stats/needed-blocks.ts';
import { criticalT } from '../../src/stats/student-t.ts';

describe('neededBlocks', () => {
  test('a small spread needs no more than a verdict needs at least', () => {
    expect(neededBlocks(0.001, logBand(5))).toBe(6);
  });

  // R: n <- 2:100; min(n[qt(.975, n-1) * 0.08 / sqrt(n) <= log(1.05)]) is 13, by hand from the table: 2.179 * 0.08 / sqrt(13) = 0.0483.
  test('a spread of 8 % needs 13 blocks for 5 %', () => {
    expect(neededBlocks(0.08, logBand(5))).toBe(13);
  });

  test.each([0.02, 0.05, 0.13, 0.4])('is the first number that is enough, with a spread of %f', (spread) => {
    const half = (n: number) => (criticalT(0.95, n - 1) * spread) / Math.sqrt(n);
    const n = neededBlocks(spread, 0.03);
    expect(half(n)).toBeLessThanOrEqual(0.03);
    if (n > 6) expect(half(n - 1)).toBeGreaterThan(0.03);
  });

  test('more confidence needs more blocks', () => {
    expect(neededBlocks(0.08, 0.04, 0.995)).toBeGreaterThan(neededBlocks(0.08, 0.04, 0.95));
  });

  test('gives up where no number of blocks would do', () => {
    expect(neededBlocks(5, 0.0001)).toBe(100_000);
  });
});
