import { expect, test } from 'vitest';
import { analyseRun } from '../../src/compare/run.ts';
import { waterfallText } from '../../src/report/waterfall.ts';
import { createHistogram, encode } from '../../src/stats/histogram.ts';
import { failing, family, scenario, simulate } from '../compare/simulate.ts';

const scenarios = (['pod', 'cluster-ip', 'node-port'] as const).map((entry) =>
  scenario('nftables', entry, { vantage: 'outside' }),
);
const medians: Readonly<Record<string, number>> = { pod: 100, 'cluster-ip': 120, 'node-port': 200 };

test('each hop shows its median, what it adds with its interval, and a bar that begins where the one before ended', () => {
  const run = simulate([family(scenarios, { series: ['new-connection'] })], { hops: true }, ({ topology }, block) => ({
    medianUs: medians[topology.entry]! + (topology.entry === 'cluster-ip' ? block % 2 : 0),
  }));
  const [waterfall] = analyseRun(run).families[0]!.tables[0]!.waterfalls;
  const lines = waterfallText(waterfall!).split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^pod IP from outside +\d+ us +#{14,16}$/);
  expect(lines[1]).toMatch(/^ClusterIP from outside +12\d us +#+ +\+2\d us \[\+20, \+21\]$/);
  expect(lines[2]).toMatch(/ +\+(79|80) us \[\+79, \+80\]$/);
  expect(lines[2]!.indexOf('#')).toBeGreaterThan(lines[1]!.indexOf('#'));
});

test.each([
  ['too few blocks for a verdict', { blocks: 5 }, []],
  ['a cell that is not ranked', { blocks: 8 }, [failing('errors')]],
])('%s adds nothing that could be read as a result', (_name, { blocks }, checks) => {
  const run = simulate([family(scenarios, { series: ['new-connection'], blocks })], { hops: true }, ({ topology }, block) => ({
    medianUs: medians[topology.entry]! + (block % 2),
    checks: topology.entry === 'cluster-ip' ? checks : [],
  }));
  const [waterfall] = analyseRun(run).families[0]!.tables[0]!.waterfalls;
  expect(waterfallText(waterfall!)).not.toContain('[');
});

test('a block in which a hop had no answer is left out of what it adds, and the rest counts', () => {
  const run = simulate([family(scenarios, { series: ['new-connection'] })], { hops: true }, ({ topology }, block) => ({
    medianUs: medians[topology.entry]! + (block % 2),
    // As a window of a target that answers nothing in time is recorded.
    ...(topology.entry === 'cluster-ip' && block === 3 ? { histogram: encode(createHistogram()), requests: 0 } : {}),
  }));
  const [waterfall] = analyseRun(run).families[0]!.tables[0]!.waterfalls;
  expect(waterfall!.steps.map(({ added }) => added?.n)).toEqual([undefined, 7, 7]);
  for (const { added } of waterfall!.steps.slice(1)) expect(added!.difference).toBeGreaterThan(0);
});
