import { expect, test } from 'vitest';
import { outliers } from '../../src/stats/outliers.ts';

test('names the block in which something else ran', () => {
  expect(outliers([100, 101, 99, 100.5, 180, 99.5, 100, 101])).toEqual([4]);
  expect(outliers([100, 101, 20, 100.5, 99, 99.5, 100, 101])).toEqual([2]);
});

test('plain noise has none', () => {
  expect(outliers([100, 104, 97, 101, 93, 99, 106, 102])).toEqual([]);
});

test('a figure that most blocks share, by a coarse clock, makes an outlier of what is far away only', () => {
  expect(outliers([33, 33, 33, 33, 34])).toEqual([]);
  expect(outliers([33, 33, 90, 33, 34])).toEqual([2]);
});
