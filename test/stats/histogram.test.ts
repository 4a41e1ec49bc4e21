import { describe, expect, test } from 'vitest';
import {
  createHistogram,
  decode,
  distinctValues,
  encode,
  interpolatedMedian,
  merge,
  record,
  summarise,
} from '../../src/stats/histogram.ts';

const histogramOf = (...values: number[]) => {
  const histogram = createHistogram();
  for (const value of values) record(histogram, value);
  return histogram;
};

// What hdr-histogram-js 3.0.1 wrote for 10, 20, 20, 4000 us; generators of another build must stay readable.
const STORED = 'HISTFAAAACp4nJNpmSzMwMDAzsDAwMjAwMDMAAEgNgPz5HYGGF+YSZDlqx4TAFObA8A=';

describe('histogram', () => {
  test('keeps what was recorded through base64 and back', () => {
    const decoded = decode(STORED);
    expect(encode(histogramOf(10, 20, 20, 4000))).toBe(STORED);
    expect(summarise(decoded)).toMatchObject({ min: 10, p50: 20, max: 4001 }); // 3 digits: 4000 and 4001 share a bucket
    expect(decoded.totalCount).toBe(4);
  });

  test('summarises in microseconds', () => {
    const values = Array.from({ length: 1000 }, (_, index) => index + 1);
    const { mean, ...rest } = summarise(histogramOf(...values));
    expect(rest).toEqual({ min: 1, p50: 500, p90: 900, p99: 990, p999: 999, max: 1000 });
    expect(mean).toBeCloseTo(500.5, 6);
  });

  test('nothing recorded is all zero', () => {
    expect(summarise(createHistogram())).toEqual({ min: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0, mean: 0 });
  });

  test('merging keeps every value: the median of all is not the mean of medians', () => {
    const merged = merge([histogramOf(10, 10, 10, 10), histogramOf(100)]);
    expect(merged.totalCount).toBe(5);
    expect(summarise(merged).p50).toBe(10);
    expect(summarise(merged).max).toBe(100);
  });

  test('what is out of range counts as the nearer end', () => {
    const { min, max } = summarise(histogramOf(0.2, 10 ** 9));
    expect(min).toBe(1);
    expect(max).toBeGreaterThanOrEqual(60_000_000);
  });

  test('counts distinct values', () => {
    expect(distinctValues(histogramOf(5, 5, 5, 7, 9))).toBe(3);
    expect(distinctValues(createHistogram())).toBe(0);
  });
});

describe('interpolatedMedian', () => {
  test('lies inside the microsecond that the median falls in', () => {
    // 3 of 6 values lie below: one of 1 us, and both of 2 us, which fill 1.5 to 2.5.
    expect(interpolatedMedian(histogramOf(1, 2, 2, 3, 3, 3))).toBe(2.5);
    expect(interpolatedMedian(histogramOf(14, 14, 14, 14))).toBe(14);
  });

  test('moves little when a few values cross a rounding edge, where the plain median jumps', () => {
    const count = (at14: number) => histogramOf(...Array(at14).fill(14), ...Array(100 - at14).fill(15));
    const [below, above] = [count(51), count(49)];
    expect(summarise(above).p50 - summarise(below).p50).toBe(1);
    expect(interpolatedMedian(above) - interpolatedMedian(below)).toBeLessThan(0.05);
  });

  test('is not moved by the width of the buckets of larger values', () => {
    const values = Array.from({ length: 2001 }, (_, index) => 9000 + index);
    expect(Math.abs(interpolatedMedian(histogramOf(...values)) - 10_000)).toBeLessThan(1);
  });

  test('of nothing is no number', () => {
    expect(interpolatedMedian(createHistogram())).toBeNaN();
  });
});
