import { expect, test } from 'vitest';
import { type CellProgress, cellTable } from '../../src/progress/table.ts';

const cell = (index: number, more: Partial<CellProgress> = {}): CellProgress => ({
  family: 'host',
  scenario: `nftables/ingress-nginx-daemonset-load-balancer-l2/outside-${index}`,
  series: 'keep-alive',
  state: 'measured',
  block: 2,
  blocks: 8,
  cell: index + 1,
  cells: 40,
  rate: 12_345.6,
  p50: 78.4,
  p99: 910,
  errors: 0,
  ...more,
});
const terminal = { columns: 80, rows: 24 };

test('newest figures of each cell, the one under load marked, how far the block is and how long it takes', () => {
  const first = cell(0, { scenario: 'nftables/pod/pod', errors: 3 });
  const { rate: _rate, p50: _p50, p99: _p99, errors: _errors, ...unmeasured } = cell(1, { state: 'measuring', secondsLeft: 12 });
  const lines = cellTable([first, unmeasured], unmeasured, terminal).split('\n');
  expect(lines[0]).toMatch(/cell +rate\/s +p50 us +p99 us +errors$/);
  expect(lines[1]).toMatch(/^ {2}nftables\/pod\/pod keep-alive +12,346 +78 +910 +3$/);
  expect(lines[2]).toMatch(/^> nftables.*… *.*keep-alive +- +- +- +-$/);
  expect(lines[3]).toBe('2 of 40 cells in block 2 of 8, about 12 s left');
});

test.each([
  [80, 24],
  [60, 12],
  [200, 50],
])('%d columns and %d rows are enough, whatever there is to show', (columns, rows) => {
  const cells = Array.from({ length: 40 }, (_, index) => cell(index, { scenario: `${'nftables/'.repeat(9)}${index}` }));
  for (const now of [cells[0]!, cells[20]!, cells[39]!]) {
    const lines = cellTable(cells, now, { columns, rows }).split('\n');
    // The list indents its output by four columns and needs rows of its own.
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns - 4);
    expect(lines.length).toBeLessThanOrEqual(rows - 4);
    if (columns >= 80) expect(lines.join('\n')).toContain(`/${now.cell - 1} keep-alive `);
  }
});
