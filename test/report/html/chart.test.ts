import { describe, expect, test } from 'vitest';
import { latency, logScale, shortName, spaced } from '../../../src/report/html/chart/axis.ts';
import { categoryAxis, nameRoom } from '../../../src/report/html/chart/categories.ts';
import { draw } from '../../../src/report/html/chart/draw.ts';
import { errorBars } from '../../../src/report/html/chart/error-bars.ts';
import { look } from '../../../src/report/html/chart/marks.ts';
import { markupText } from '../../../src/report/html/markup.ts';

test.each([
  [
    [12, 480],
    [20, 50, 100, 200],
  ],
  [[100, 110], [100]],
  [
    [3, 900_000],
    [10, 100, 1000, 10_000, 100_000],
  ],
])('a logarithmic axis of %j holds all values and has ticks %j', (values, ticks) => {
  const scale = logScale(values);
  expect(scale.min).toBeLessThan(values[0]!);
  expect(scale.max).toBeGreaterThan(values[1]!);
  expect(scale.ticks.map((tick) => Number(tick.toPrecision(6)))).toEqual(expect.arrayContaining(ticks));
  expect(scale.ticks.length).toBeLessThanOrEqual(10);
});

test('of ticks too near each other the last stays', () => {
  expect(spaced([10, 100, 1000, 5000, 10_000], 0.05)).toEqual([10, 100, 1000, 5000, 10_000]);
  expect(spaced([10, 100, 1000, 5000, 10_000], 0.15)).toEqual([10, 100, 1000, 10_000]);
});

test.each([
  [85, '85 us'],
  [1500, '1.5 ms'],
  [2_000_000, '2 s'],
  [100, '100 us'],
])('%d us are shown as %s', (us, shown) => {
  expect(latency(us)).toBe(shown);
});

test('names are cut by characters, and broken into lines that fit beside the plot', () => {
  expect(shortName('😀😀😀', 2)).toBe('😀…');
  const name = 'nginx (DaemonSet) on LoadBalancer (L2) from outside';
  const [lines] = categoryAxis([name], 350).data;
  expect(lines!.replaceAll('\n', ' ')).toBe(name);
  expect(Math.max(...lines!.split('\n').map((line) => line.length))).toBeLessThanOrEqual(16);
  expect(nameRoom(['x'.repeat(1000)], 820)).toBeLessThan(300);
});

test('the first eight looks differ in colour and, with it, in symbol or dash', () => {
  const looks = Array.from({ length: 8 }, (_, index) => look(index));
  expect(new Set(looks.map(({ colour }) => colour)).size).toBe(8);
  expect(new Set(looks.map(({ symbol, dash }) => JSON.stringify([symbol, dash]))).size).toBe(8);
});

describe('a drawing', () => {
  const drawing = (values: string[]) =>
    markupText(
      draw({
        width: 300,
        height: 100,
        option: {
          xAxis: { type: 'value', axisLabel: { color: 'var(--ink)' } },
          yAxis: { type: 'value', name: '<script>"' },
          series: [
            {
              type: 'line',
              data: [
                [0, 1],
                [1, 2],
              ],
              emphasis: { disabled: true },
            },
            errorBars([{ at: 1, interval: [1.5, 2.5], colour: 'var(--c1)' }], 'upright'),
          ],
        },
        values: [values],
      }),
    );
  const svg = drawing(['one', '</title><script>']);

  test('shows the value of each mark, escapes what it is given, and takes its colours from the page', () => {
    expect(svg.match(/<title>[^<]*<\/title>/g)).toEqual(['<title>one</title>', '<title>&lt;/title&gt;&lt;script&gt;</title>']);
    expect(svg).not.toContain('<script');
    expect(svg).toContain('fill="var(--ink)"');
    expect(svg).toContain('stroke="var(--c1)"');
  });

  test('is the same every time, holds no style, and scales', () => {
    expect(drawing(['one', '</title><script>'])).toBe(svg);
    expect(svg).not.toMatch(/<style|<defs|class=|zr\d/);
    expect(svg).toContain('viewBox="0 0 300 100"');
  });
});
