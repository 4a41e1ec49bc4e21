import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { reportCsv } from '../../src/report/csv.ts';
import { csvLabel, labelOfCsv } from '../../src/report/csv-label.ts';
import { makeReport } from '../../src/report/report.ts';
import { readRun } from '../../src/results/read.ts';

const stored = (name: string) => readRun(join(import.meta.dirname, '../fixtures/runs', name));
const then = await stored('ipvs/20261101T100000000Z-netns-11111111');
const now = await stored('ipvs/20261123T100000000Z-netns-22222222');
const report = makeReport({ made: '2026-11-25T10:00:00.000Z', trafficlab: '0.1.0', runs: [then, now] });
const text = reportCsv(report);
const rows: Record<string, string>[] = parse(text, { columns: true });

test('every verdict is a row, and every cell that is compared with nothing', () => {
  const tables = report.runs.flatMap(({ analysis }) => analysis.families.flatMap((family) => family.tables));
  const verdicts = [...tables, ...report.between.flatMap((analysis) => analysis.tables)].flatMap((table) => table.comparisons);
  const alone = tables.flatMap(({ cells, comparisons }) =>
    cells.filter((cell) => !comparisons.some((comparison) => comparison.cell === cell)),
  );
  expect(rows.map(({ verdict }) => verdict).filter(Boolean)).toHaveLength(verdicts.length);
  expect(rows).toHaveLength(verdicts.length + alone.length);
});

test('figures, ratios and intervals read back as the very numbers', () => {
  const [table] = report.runs[1]!.analysis.families[0]!.tables;
  const comparison = table!.comparisons.find(({ kind }) => kind === 'reference')!;
  const { scenario, figures, series } = comparison.cell;
  const row = rows.find(
    (one) => one.run === now.directory && one.scenario === scenario.id && one.series === series && one.comparison === 'reference',
  )!;
  expect(row.against_scenario).toBe(comparison.against.scenario.id);
  expect([row.requests, row.errors, row.rate_per_second, row.p50_us, row.p90_us, row.p99_us, row.p999_us].map(Number)).toEqual([
    figures!.requests,
    figures!.errors,
    figures!.rate,
    figures!.p50,
    figures!.p90,
    figures!.p99,
    figures!.p999,
  ]);
  const { ratio, interval95, interval90, n, p } = comparison.estimate!;
  const read = [row.ratio, row.ratio_low_95, row.ratio_high_95, row.ratio_low_90, row.ratio_high_90, row.ratio_blocks, row.p];
  expect(read.map(Number)).toEqual([ratio, ...interval95, ...interval90, n, p]);
  expect([row.verdict, row.paired, Number(row.adjusted_p)]).toEqual([comparison.verdict.kind, 'true', comparison.adjustedP]);
});

test('lines end as RFC 4180 has it, and every record is as long as the head', () => {
  expect(text.endsWith('\r\n')).toBe(true);
  const records: string[][] = parse(text);
  expect(new Set(records.map((record) => record.length)).size).toBe(1);
});

test.each([
  ['ipvs, ClusterIP', 'ipvs, ClusterIP'],
  ['a "quoted"\nline\tand more', 'a "quoted"\nline\tand more'],
  ['C:\\users', 'C:\\users'],
  ['=cmd()', '\\u003dcmd()'],
  ['-1+1', '\\u002d1+1'],
  ['@SUM(A1)', '\\u0040SUM(A1)'],
  ['\tx', '\\u0009x'],
  ['\u001b[31mred', '\\u001b[31mred'],
  ['user\u202egnp.exe', 'user\\u202egnp.exe'],
  ['literal \\u003d', 'literal \\u005cu003d'],
  ['lone \ud800 half', 'lone \\ud800 half'],
  ['שלום', 'שלום'],
])('a label %j is the field %j and reads back', (label, field) => {
  expect(csvLabel(label)).toBe(field);
  expect(labelOfCsv(field)).toBe(label);
});

/** The cells of a text where another character than the comma ends them; quotes count at the beginning of a cell only, as in spreadsheets. */
function cellsBy(separator: string, line: string): string[] {
  return line.split(separator).map((cell) => cell.replace(/^["'\s]+/, ''));
}

const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\uff1d1', '\t=1', '"=1', "'=1", ' =1', '=HYPERLINK("x")'];
const between = ['', ';', ',', '\t', '|', '\n', '\r', ' ', ':', ';"', '; ', ",'", '\r\n', '|  "'];

test.each(between.flatMap((before) => formulas.map((formula) => [`a${before}`, formula] as const)))(
  'cases 10: %j before %j begins no formula, whatever separates cells, and reads back',
  (before, formula) => {
    for (const label of before === 'a' ? [formula] : [before + formula, `${before}${formula};b`]) {
      const field = csvLabel(label);
      expect(labelOfCsv(field)).toBe(label);
      for (const separator of [',', ';', '\t', '|', ' ', '\n', '\r', ':'])
        for (const cell of cellsBy(separator, field)) expect(cell).not.toMatch(/^[=+\-@\uff1d]/);
    }
  },
);

test('cases 10: every text is quoted, and no number is', () => {
  const name = 'a;=1+1nftables';
  const renamed = { ...then, plan: { ...then.plan, lab: { ...then.plan.lab, name } } };
  const csv = reportCsv(makeReport({ made: '2026-11-25T10:00:00.000Z', trafficlab: '0.1.0', runs: [renamed] }));
  const [head, ...lines] = csv.trimEnd().split('\r\n');
  expect(head!.split(',').every((cell) => /^".+"$/.test(cell))).toBe(true);
  for (const line of lines) {
    expect(line.startsWith('"a;\\u003d1+1nftables","')).toBe(true);
    for (const cell of line.match(/"(?:[^"]|"")*"|[^,]+/g)!) expect(cell).toMatch(/^(".+"|-?\d+(\.\d+)?(e[+-]\d+)?)$/);
    for (const cell of line.split(';')) expect(cell).not.toMatch(/^[=+\-@]/);
  }
  const [row] = parse(csv, { columns: true }) as Record<string, string>[];
  expect(labelOfCsv(row!.lab!)).toBe(name);
});
