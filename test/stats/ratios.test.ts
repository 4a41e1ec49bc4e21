import { describe, expect, test } from 'vitest';
import { equivalent } from '../../src/stats/equivalence.ts';
import { paired } from '../../src/stats/paired.ts';
import { welch } from '../../src/stats/welch.ts';

// R's `sleep` data (Student 1908). As logarithms of figures they make t.test()'s printed answers ours.
const drug1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
const drug2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
const figures1 = drug1.map(Math.exp);
const figures2 = drug2.map(Math.exp);

describe('paired', () => {
  test('gives what R gives: t = -4.0621, df = 9, p = 0.002833, interval -2.4598858 to -0.7001142', () => {
    const estimate = paired(figures1.map((figure, index) => [figure, figures2[index]!] as const));
    expect(estimate.logRatio / estimate.standardError).toBeCloseTo(-4.0621, 4);
    expect(estimate.degreesOfFreedom).toBe(9);
    expect(estimate.p).toBeCloseTo(0.002833, 6);
    expect(Math.log(estimate.interval95[0])).toBeCloseTo(-2.4598858, 6);
    expect(Math.log(estimate.interval95[1])).toBeCloseTo(-0.7001142, 6);
    expect(estimate.ratio).toBeCloseTo(Math.exp(-1.58), 12);
    expect(estimate.n).toBe(10);
  });

  test('a 90 % interval is narrower than a 95 % one and around the same ratio', () => {
    const { interval90, interval95, ratio } = paired([
      [110, 100],
      [112, 101],
      [108, 100],
    ]);
    expect(interval95[0]).toBeLessThan(interval90[0]);
    expect(interval90[1]).toBeLessThan(interval95[1]);
    expect(Math.sqrt(interval90[0] * interval90[1])).toBeCloseTo(ratio, 12);
  });

  test('what moves whole blocks up and down cancels', () => {
    const blocks = [1, 3, 0.2, 9];
    const estimate = paired(blocks.map((block, index) => [block * (1.1 + index / 1e6), block]));
    expect(estimate.ratio).toBeCloseTo(1.1, 5);
    expect(estimate.interval95[1] - estimate.interval95[0]).toBeLessThan(1e-4);
  });

  test('refuses what has no ratio', () => {
    expect(() => paired([[1, 1]])).toThrow('2 pairs or more');
    expect(() =>
      paired([
        [1, 0],
        [1, 1],
      ]),
    ).toThrow('no ratio of 1 to 0');
  });
});

describe('welch', () => {
  test('gives what R gives: t = -1.8608, df = 17.776, p = 0.07939, interval -3.3654832 to 0.2054832', () => {
    const estimate = welch(figures1, figures2);
    expect(estimate.logRatio / estimate.standardError).toBeCloseTo(-1.8608, 4);
    expect(estimate.degreesOfFreedom).toBeCloseTo(17.776, 3);
    expect(estimate.p).toBeCloseTo(0.07939, 5);
    expect(Math.log(estimate.interval95[0])).toBeCloseTo(-3.3654832, 6);
    expect(Math.log(estimate.interval95[1])).toBeCloseTo(0.2054832, 6);
  });

  test('counts the smaller side and refuses what has no logarithm', () => {
    expect(welch([1, 2, 3], [1, 2]).n).toBe(2);
    expect(() => welch([1, 2], [0, 1])).toThrow('no logarithm of 0');
    expect(() => welch([1], [1, 2])).toThrow('2 figures or more');
  });
});

describe('equivalent', () => {
  const withInterval90 = (low: number, high: number) => equivalent({ interval90: [low, high] } as never, 5);

  test('asks for the whole 90 % interval inside the band', () => {
    expect(withInterval90(0.951, 1.049)).toBe(true);
    expect(withInterval90(0.949, 1.0)).toBe(false);
    expect(withInterval90(1.0, 1.051)).toBe(false);
  });

  test('does not look at the 95 % interval', () => {
    expect(equivalent({ interval90: [0.96, 1.04], interval95: [0.9, 1.1] } as never, 5)).toBe(true);
  });
});
