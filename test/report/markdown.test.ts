import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SeriesName } from '../../src/lab/series.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { markdownLabel } from '../../src/report/markdown-label.ts';
import { fitted } from '../../src/report/markdown-sections.ts';
import { makeReport } from '../../src/report/report.ts';
import { readRun } from '../../src/results/read.ts';
import { family, scenario, simulate } from '../compare/simulate.ts';

const made = { made: '2026-11-25T10:00:00.000Z', trafficlab: '0.1.0' };
const stored = (name: string) => readRun(join(import.meta.dirname, '../fixtures/runs', name));
const then = await stored('ipvs/20261101T100000000Z-netns-11111111');
const now = await stored('ipvs/20261123T100000000Z-netns-22222222');
const text = reportMarkdown(makeReport({ ...made, runs: [now] }));
const answer = 'ipvs against iptables (legacy), ClusterIP, keep-alive: 10.0 % slower [9.6 %, 10.4 %]';

test('the question and its answer come first', () => {
  const [question, , first] = text.split('\n');
  expect(question).toBe(`## ${now.plan.lab.question}`);
  expect(first).toContain(answer);
});

test('verdicts are a table; figures, environment, paths and the commands to repeat it are folded', () => {
  expect(text).toContain(
    '| ipvs against iptables (legacy), ClusterIP, keep-alive | request rate | 0.900 | [0.896, 0.904] | **slower** |',
  );
  for (const summary of ['Commands to repeat this', 'Figures: ipvs', 'Environment: ipvs', 'Paths, as proven: ipvs'])
    expect(text).toContain(`<details>\n<summary>${summary}</summary>\n`);
  expect(text).toContain(`npm run lab ipvs -- --provider netns`);
  expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)!.length);
});

test('ratios to a member that families share are items of one item', () => {
  const scenarios = [scenario('iptables-legacy', 'cluster-ip'), scenario('ipvs', 'cluster-ip')];
  const families = [family(scenarios), family(scenarios, { id: 'guest', title: 'kernel 6.1' })];
  const run = simulate(families, { reference: 'iptables' }, (_, block) => ({ rate: 1000 + block }));
  expect(reportMarkdown(makeReport({ ...made, runs: [run] }))).toMatch(
    /^- against iptables \(legacy\), ClusterIP, keep-alive:\n {2}- ipvs: .*kernel 6\.12\)\n {2}- ipvs: .*kernel 6\.1\)$/m,
  );
});

test('a baseline check stands before all, and the baseline has no answers of its own', () => {
  const checked = reportMarkdown(makeReport({ ...made, runs: [now], baseline: { run: then } }));
  expect(checked).toMatch(/^### Baseline\n\n- baseline check FAILED/);
  expect(checked).toContain('- worse: ipvs, ClusterIP, keep-alive: 0.909');
  expect(checked.match(/^## /gm)).toHaveLength(1);
});

test('fits into a comment on GitHub however much was measured, and says what is left out', () => {
  const places = Array.from({ length: 500 }, (_, index) =>
    scenario('ipvs', 'cluster-ip', { services: index + 1, position: 'last' }),
  );
  const series: SeriesName[] = ['keep-alive', 'new-connection'];
  const run = simulate([family(places, { series, blocks: 6 })], {}, (_, block) => ({ rate: 1000 + block, medianUs: 90 + block }));
  const long = reportMarkdown(makeReport({ ...made, runs: [run] }));
  expect(long.length).toBeLessThanOrEqual(65_000);
  expect(long.length).toBeGreaterThan(50_000);
  expect(long).toMatch(/_Left out for their length: \d+ more lines; the HTML and JSON reports have everything/);
  expect(long).toMatch(/_Left out for its length: \d+ more sections?;/);
  expect(long.match(/<details>/g) ?? []).toHaveLength((long.match(/<\/details>/g) ?? []).length);
});

test('sections are cut between lines, the first kept first, and nothing is lost unsaid', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
  const cut = fitted(
    [
      { head: ['# one'], lines },
      { head: ['# two'], lines },
    ],
    900,
    'see elsewhere',
  );
  const kept = cut.match(/^line \d+$/gm)!.length;
  expect(cut.length).toBeLessThanOrEqual(900);
  expect(cut).toContain(`${100 - kept} more lines; see elsewhere`);
  expect(cut).toContain('1 more section; see elsewhere');
  expect(
    fitted(
      [
        { head: ['# one'], lines: ['a'] },
        { head: ['# none'], lines: [] },
      ],
      900,
      '',
    ),
  ).toBe('# one\na\n');
});

test.each([
  ['nf_tables', 'nf_tables'],
  ['_x_ __init__', '&#95;x&#95; &#95;&#95;init&#95;&#95;'],
  ['a | b', 'a &#124; b'],
  ['a \\| b', 'a &#92;&#124; b'],
  ['<script>alert(1)</script>', '&#60;script&#62;alert(1)&#60;/script&#62;'],
  ['`code`', '&#96;code&#96;'],
  ['@kubernetes/sig-network', '@&#8203;kubernetes/sig-network'],
  ['fixes #12 and GH-12', 'fixes #&#8203;12 and GH-&#8203;12'],
  ['&#42;', '&#38;#&#8203;42;'],
  ['[a](https://evil.example)', '&#91;a&#93;(https:&#47;&#47;evil.example)'],
  ['www.evil.example', 'www&#46;evil.example'],
  ['- item', '&#45; item'],
  ['1. item', '1&#46; item'],
  ['10.0.0.1', '10.0.0.1'],
  ['two\nlines', 'two lines'],
  ['    no code', 'no code'],
  ['\u001b[31mred\u202e', '\ufffd&#91;31mred\ufffd'],
])('the label %j becomes %j', (label, escaped) => {
  expect(markdownLabel(label)).toBe(escaped);
});
