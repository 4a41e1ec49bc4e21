import { expect, test } from 'vitest';
import { holm } from '../../src/stats/holm.ts';

test('gives what R gives: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")', () => {
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
});

test('never falls while p rises, and never passes 1', () => {
  expect(holm([0.6, 0.5, 0.001])).toEqual([1, 1, 0.003]);
});

test('one test is not corrected, and none is none', () => {
  expect(holm([0.04])).toEqual([0.04]);
  expect(holm([])).toEqual([]);
});
