import { describe, expect, test } from 'vitest';
import { criticalT, twoSidedP } from '../../src/stats/student-t.ts';

// Upper 2.5 % and 5 % points, NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
const table = [
  { df: 1, t975: 12.706, t95: 6.314 },
  { df: 2, t975: 4.303, t95: 2.92 },
  { df: 5, t975: 2.571, t95: 2.015 },
  { df: 7, t975: 2.365, t95: 1.895 },
  { df: 10, t975: 2.228, t95: 1.812 },
  { df: 30, t975: 2.042, t95: 1.697 },
  { df: 100, t975: 1.984, t95: 1.66 },
];

describe.each(table)('with $df degrees of freedom', ({ df, t975, t95 }) => {
  test('the critical values are those of the table', () => {
    expect(criticalT(0.95, df)).toBeCloseTo(t975, 3);
    expect(criticalT(0.9, df)).toBeCloseTo(t95, 3);
  });

  test('p is the inverse of the critical value, on both sides of zero', () => {
    expect(twoSidedP(criticalT(0.95, df), df)).toBeCloseTo(0.05, 12);
    expect(twoSidedP(-criticalT(0.9, df), df)).toBeCloseTo(0.1, 12);
  });
});

test('p has a closed form for 1 and 2 degrees of freedom', () => {
  for (const t of [0.01, 0.5, 1, 3, 40]) {
    expect(twoSidedP(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 12);
    expect(twoSidedP(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12);
  }
});

test('p of no difference is 1, of an endless one 0, and of nothing is no number', () => {
  expect(twoSidedP(0, 7)).toBe(1);
  expect(twoSidedP(Number.POSITIVE_INFINITY, 7)).toBe(0);
  expect(twoSidedP(Number.NaN, 7)).toBeNaN();
  expect(criticalT(0.95, 0)).toBeNaN();
});
