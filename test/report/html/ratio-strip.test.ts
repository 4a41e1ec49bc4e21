import { expect, test } from 'vitest';
import { markupText } from '../../../src/report/html/markup.ts';
import { ratioStrips } from '../../../src/report/html/ratio-strip.ts';
import { ratioEstimate } from '../../../src/stats/ratio.ts';

const MIDDLE = 84;
const estimate = (ratio: number, standardError: number) => ratioEstimate(Math.log(ratio), standardError, 7, 8);

function drawn(ratio: number, standardError: number) {
  const one = estimate(ratio, standardError);
  const svg = markupText(ratioStrips([one], 5)(one));
  const [, dot] = /<circle class="ratio" cx="([\d.]+)"/.exec(svg)!;
  const [, low, high] = /class="whisker" d="M([\d.]+) 9H([\d.]+)/.exec(svg)!;
  const [, left, width] = /class="band" x="([\d.]+)" y="0" width="([\d.]+)"/.exec(svg)!;
  return { svg, dot: Number(dot), low: Number(low), high: Number(high), band: [Number(left), Number(left) + Number(width)] };
}

test('no difference is the middle, more is right of it, less is left, by the same length on the logarithmic scale', () => {
  expect(drawn(1, 0.01).dot).toBe(MIDDLE);
  const [half, double] = [drawn(0.5, 0.01), drawn(2, 0.01)];
  expect(half.dot).toBeLessThan(MIDDLE);
  expect(MIDDLE - half.dot).toBeCloseTo(double.dot - MIDDLE, 0);
});

test('the interval stands about the ratio, the band of equivalence about the middle', () => {
  const { low, dot, high, band } = drawn(1.2, 0.05);
  expect(low).toBeLessThan(dot);
  expect(high).toBeGreaterThan(dot);
  expect(dot - low).toBeCloseTo(high - dot, 0);
  expect(band[0]).toBeLessThan(MIDDLE);
  expect(band[1]).toBeGreaterThan(MIDDLE);
});

test('an interval without end stays inside, and ends in an arrow', () => {
  const { low, high, svg } = drawn(1.2, 300);
  expect(low).toBeGreaterThan(0);
  expect(high).toBeLessThan(168);
  expect(svg).toContain(`L${high} 9L`);
  expect(svg).not.toMatch(/NaN|Infinity/);
});
