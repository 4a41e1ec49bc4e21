import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { reportJson } from '../../src/report/json.ts';
import { readReportJson } from '../../src/report/read-json.ts';
import { makeReport, type Report } from '../../src/report/report.ts';
import { readRun } from '../../src/results/read.ts';
import { createHistogram, encode } from '../../src/stats/histogram.ts';
import { family, scenario, simulate } from '../compare/simulate.ts';

const made = { made: '2026-11-25T10:00:00.000Z', trafficlab: '0.1.0' };
const stored = (name: string) => readRun(join(import.meta.dirname, '../fixtures/runs', name));
const [then, now, half] = await Promise.all([
  stored('ipvs/20261101T100000000Z-netns-11111111'),
  stored('ipvs/20261123T100000000Z-netns-22222222'),
  stored('half/20261123T110000000Z-netns-33333333'),
]);
const schema = JSON.parse(await readFile(join(import.meta.dirname, '../../docs/report.schema.json'), 'utf8'));
const conforms = new Ajv2020({ strict: false }).compile(schema);

const modes = ['iptables-legacy', 'ipvs'] as const;
const scenarios = modes.flatMap((mode) => [scenario(mode, 'pod'), scenario(mode, 'cluster-ip')]);
const simulated = simulate([family(scenarios), family(scenarios, { id: 'other' })], { reference: 'iptables' }, (_, block) => ({
  rate: 10_000 + block,
  medianUs: 100 + block,
}));

test.each<[string, Report]>([
  ['one run', makeReport({ ...made, runs: [now] })],
  ['a run that died', makeReport({ ...made, runs: [half] })],
  ['runs of one lab and of another', makeReport({ ...made, runs: [then, now, half] })],
  ['a baseline', makeReport({ ...made, runs: [now], baseline: { run: then } })],
  ['families that share a member', makeReport({ ...made, runs: [simulated] })],
])('%s: read back it is equal, and it is as the published schema says', (_what, report) => {
  const text = reportJson(report);
  expect(readReportJson(text)).toEqual(report);
  expect(conforms(JSON.parse(text)), JSON.stringify(conforms.errors)).toBe(true);
});

test('cells that only one of two runs has are named, and read back equal', () => {
  const of = (scenarios: Parameters<typeof family>[0], directory: string) =>
    simulate([family(scenarios)], { directory }, (_, block) => ({ rate: 1000 + block }));
  const [pod, clusterIp, nodePort] = [scenario('ipvs', 'pod'), scenario('ipvs', 'cluster-ip'), scenario('ipvs', 'node-port')];
  const report = makeReport({ ...made, runs: [of([pod, clusterIp], '/results/a'), of([pod, nodePort], '/results/b')] });
  expect(report.between[0]!.unmatched.map(({ side }) => side)).toEqual(['run', 'against']);
  const text = reportJson(report);
  expect(readReportJson(text)).toEqual(report);
  expect(conforms(JSON.parse(text)), JSON.stringify(conforms.errors)).toBe(true);
});

test('a comparison that is read back holds the very cell of its table', () => {
  const [table] = readReportJson(reportJson(makeReport({ ...made, runs: [now] }))).runs[0]!.analysis.families[0]!.tables;
  expect(table!.comparisons.length).toBeGreaterThan(0);
  for (const { cell, against } of table!.comparisons) {
    expect(table!.cells).toContain(cell);
    expect(table!.cells).toContain(against);
  }
});

test('a cell without any answer has no latency, in JSON null, and reads back equal', () => {
  const silent = simulate([family([scenario('ipvs', 'pod')])], {}, () => ({ requests: 0, rate: 0, medianUs: 1 }));
  const histogram = encode(createHistogram());
  const report = makeReport({ ...made, runs: [{ ...silent, cells: silent.cells.map((cell) => ({ ...cell, histogram })) }] });
  const { figures } = report.runs[0]!.analysis.families[0]!.tables[0]!.cells[0]!;
  expect(figures!.p50).toBeNaN();
  expect(readReportJson(reportJson(report))).toEqual(report);
});

test.each([
  ['no JSON', 'report', /not a report of format 2/],
  ['JSON of compare', JSON.stringify({ format: 1, kind: 'run' }), /not a report of format 2 \(its format: 1\)/],
  [
    'a field that nobody knows',
    JSON.stringify({ ...JSON.parse(reportJson(makeReport({ ...made, runs: [] }))), more: 1 }),
    /more/,
  ],
])('%s is refused', (_what, text, message) => {
  expect(() => readReportJson(text)).toThrow(message);
});
