import { expect, test } from 'vitest';
import { reportHgrm } from '../../src/report/hgrm.ts';
import { makeReport } from '../../src/report/report.ts';
import { createHistogram, encode, record } from '../../src/stats/histogram.ts';
import { family, scenario, simulate } from '../compare/simulate.ts';

const made = { made: '2026-11-25T10:00:00.000Z', trafficlab: '0.1.0' };
const values = Array.from({ length: 1000 }, (_, index) => 50 + index);
const blocks = [values.slice(0, 500), values.slice(500)].map((part) => {
  const histogram = createHistogram();
  for (const us of part) record(histogram, us);
  return encode(histogram);
});
const scenarios = [scenario('ipvs', 'pod'), scenario('ipvs', 'cluster-ip')];
const run = simulate([family(scenarios, { blocks: 2 })], {}, (_, block) => ({ histogram: blocks[block]! }));
const files = reportHgrm(makeReport({ ...made, runs: [run] }));

const lines = (content: string) =>
  content
    .split('\n')
    .filter((line) => /^ *\d/.test(line))
    .map((line) => line.trim().split(/ +/).map(Number));

test('each cell has a file of its own', () => {
  expect(files.map(({ name }) => name)).toEqual([
    'hgrm/001-simulated-host-ipvs-pod-pod-keep-alive.hgrm',
    'hgrm/002-simulated-host-ipvs-cluster-ip-pod-keep-alive.hgrm',
  ]);
});

test('every line says how many of the recorded latencies are at or below its value, in microseconds', () => {
  const [first] = files;
  const distribution = lines(first!.content);
  expect(distribution.length).toBeGreaterThan(20);
  for (const [value, percentile, count] of distribution) {
    expect(values.filter((us) => us <= value!)).toHaveLength(count!);
    expect(count! / values.length).toBeGreaterThanOrEqual(percentile! - 1e-9);
  }
  expect(distribution.at(-1)!.slice(0, 3)).toEqual([1049, 1, 1000]);
  expect(first!.content).toContain('Total count    =         1000]');
});

test('a cell without an answer has no file', () => {
  const silent = simulate([family([scenario('ipvs', 'pod')])], {}, () => ({ histogram: encode(createHistogram()) }));
  expect(reportHgrm(makeReport({ ...made, runs: [silent] }))).toEqual([]);
});
