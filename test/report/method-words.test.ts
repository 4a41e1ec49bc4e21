import { describe, expect, it } from 'vitest';
import { analyseBetween } from '../../src/compare/between.ts';
import { methodOf } from '../../src/compare/method.ts';
import { analyseRun } from '../../src/compare/run.ts';
import { judge } from '../../src/compare/verdict.ts';
import { reportHtml } from '../../src/report/html/page.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { makeReport } from '../../src/report/report.ts';
import { renderBetween, renderRun } from '../../src/report/text.ts';
import { ratioEstimate } from '../../src/stats/ratio.ts';
import { methodSummary, methodWords } from '../../src/words/method.ts';
import { family, normal, scenario, simulate } from '../compare/simulate.ts';

const run = (directory: string, seed: number) => {
  const noise = normal(seed);
  const scenarios = (['iptables-nft', 'ipvs', 'nftables'] as const).map((mode) => scenario(mode, 'cluster-ip'));
  return simulate([family(scenarios)], { directory }, ({ mode }) => ({
    rate: (mode === 'ipvs' ? 9_000 : 10_000) * (1 + 0.01 * noise()),
  }));
};
const [before, now] = [run('/results/simulated/1', 1), run('/results/simulated/2', 2)];
const flat = (text: string) => text.replaceAll(/\s+/g, ' ');

describe('cases 9.6: what is said of corrections is what the verdicts are made by', () => {
  // A difference of 0.1 %, and how certain it is that there is one.
  const close = (p: number) => ({ ...ratioEstimate(0.001, 0.0001, 7, 8), p });

  it('equivalent is decided by its own 90 % interval, however many tests there are', () => {
    const row = { metric: 'rate' as const, estimate: close(1e-9) };
    for (const tests of [1, 50])
      expect(judge(Array(tests).fill(row), 5).map(({ verdict }) => verdict.kind)).toEqual(Array(tests).fill('equivalent'));
  });

  it('faster and slower are decided by p after the correction, and it is over all that were tested, equivalent ones too', () => {
    const apart = { metric: 'rate' as const, estimate: { ...ratioEstimate(0.2, 0.07, 7, 8), p: 0.02 } };
    const same = { metric: 'rate' as const, estimate: close(0.9) };
    expect(judge([apart], 5)[0]).toMatchObject({ verdict: { kind: 'faster' }, adjustedP: 0.02 });
    expect(judge([apart, same, same], 5)[0]).toMatchObject({ verdict: { kind: 'cannot-tell' }, adjustedP: 0.06 });
  });

  it('the intervals shown are the same, however many tests there are', () => {
    const [first] = analyseRun(now).families[0]!.tables;
    const alone = simulate([family([scenario('iptables-nft', 'cluster-ip'), scenario('ipvs', 'cluster-ip')])], {}, (one, block) =>
      now.cells.find((cell) => cell.scenario === one.id && cell.block === block),
    );
    const [only] = analyseRun(alone).families[0]!.tables;
    expect([first!.tests, only!.tests]).toEqual([2, 1]);
    expect(only!.comparisons[0]!.estimate!.interval95).toEqual(first!.comparisons[0]!.estimate!.interval95);
  });

  it('as data: the test, what is corrected and what is not', () => {
    const [table] = analyseRun(now).families[0]!.tables;
    expect(methodOf(table!, 5)).toEqual({
      tests: 2,
      test: 'paired-t',
      different: { alpha: 0.05, correction: 'holm' },
      equivalent: { percent: 5, confidence: 0.9, correction: 'none' },
      interval: { confidence: 0.95, correction: 'none' },
    });
    expect(methodOf(analyseBetween(now, before).tables[0]!, 5)).toMatchObject({ tests: 3, test: 'welch' });
  });

  it('every report of tables says it in the same words', () => {
    const [table] = analyseRun(now).families[0]!.tables;
    const [words, between] = [table!, analyseBetween(now, before).tables[0]!].map((one) => methodWords(methodOf(one, 5)));
    const report = makeReport({ made: 'now', trafficlab: '0', runs: [now], baseline: { run: before } });
    const html = flat(reportHtml(report)).replaceAll('&#39;', "'");
    expect(flat(renderRun(now, { colour: false }))).toContain(words);
    expect(flat(renderBetween([analyseBetween(now, before)], { colour: false }))).toContain(between);
    for (const text of [flat(reportMarkdown(report)), html]) for (const one of [words, between]) expect(text).toContain(one);
    expect(html).toContain(methodSummary(2));
    for (const text of [reportMarkdown(report), html, renderRun(now, { colour: false })])
      expect(text).not.toMatch(/corrected together|verdicts? corrected/);
  });
});
