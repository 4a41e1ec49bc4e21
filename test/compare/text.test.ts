import { describe, expect, test } from 'vitest';
import { analyseRun } from '../../src/compare/run.ts';
import { renderRun } from '../../src/report/text.ts';
import type { Run } from '../../src/results/run.ts';
import { answerText } from '../../src/words/answer.ts';
import { failing, family, normal, type RunOptions, scenario, simulate, type Window } from './simulate.ts';

const reference = scenario('iptables-legacy', 'cluster-ip');
const ipvs = scenario('ipvs', 'cluster-ip');
const scenarios = [scenario('iptables-legacy', 'pod'), reference, scenario('ipvs', 'pod'), ipvs];
const generators = [{ durationMs: 400, cpuShare: 0.41, eventLoopUtilization: 0.44 }];

function simulated(window: (id: string, block: number) => Window = () => ({}), options: RunOptions & { blocks?: number } = {}) {
  const draw = normal(1);
  return simulate([family(scenarios, { series: ['new-connection'], blocks: options.blocks ?? 8 })], options, ({ id }, block) => ({
    medianUs: (id === ipvs.id ? 330 : 300) * Math.exp(0.003 * draw()),
    generators,
    ...window(id, block),
  }));
}

const comparisonOf = (run: Run) => analyseRun(run).families[0]!.tables[0]!.comparisons[0]!;

/** As printed without colours, every run of white space as one space. */
const flat = (run: Run) => renderRun(run, { colour: false }).replaceAll(/\s+/g, ' ');

describe('the text of a run', () => {
  test('begins with the question and its answer', () => {
    const [question, first = ''] = renderRun(simulated(), { colour: false }).split('\n- ');
    expect(question).toBe('Which mode?');
    expect(first.replaceAll(/\s+/g, ' ')).toMatch(
      /^ipvs against iptables \(legacy\), ClusterIP, new connections: (9|10)\.\d % slower \[9\.\d %, 1[01]\.\d %\] \(median latency, paired, 8 blocks\)/,
    );
  });

  test('has a row per scenario with figures, generator and both ratios', () => {
    const row = renderRun(simulated(), { colour: false })
      .split('\n')
      .find((line) => /^ipvs .*slower.*slower/.test(line));
    expect(row).toMatch(/^ipvs +10,000 +33\d +\d+ +41\/44 +0 +1\.\d+ slower +1\.\d+ slower$/);
  });

  test('states the number of tests and how they were corrected', () => {
    expect(flat(simulated())).toContain(
      '4 comparisons tested, paired by block. Faster or slower: p below 5 %, corrected for 4 tests (Holm)',
    );
  });

  test('fits 100 columns with one reference, and is plain unless colours are asked for', () => {
    const text = renderRun(simulated(), { colour: false });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(text).not.toContain('\u001b[');
    expect(renderRun(simulated(), { colour: true })).toContain('\u001b[');
  });

  test('breaks its sentences at the width of a terminal; tables and titles keep theirs', () => {
    const text = renderRun(simulated(), { colour: false, columns: 60 });
    const sentences = text.split('\n').filter((line) => /^(- | {2}\S)/.test(line));
    expect(sentences.length).toBeGreaterThan(5);
    for (const line of sentences) expect(line.length, line).toBeLessThanOrEqual(60);
  });

  test('says why it cannot tell where an interval of its own holds no 1: it is one verdict among many', () => {
    const estimate = { ratio: 1.1, interval95: [1.01, 1.2], interval90: [1.02, 1.18], n: 8 };
    const of = (ratios: object) =>
      answerText({ ...comparisonOf(simulated()), verdict: { kind: 'cannot-tell', moreBlocks: 3 }, estimate: ratios } as never, 5);
    expect(of(estimate)).toContain('8 blocks); not significant after Holm correction; needs about 3 more blocks');
    expect(of({ ...estimate, interval95: [0.99, 1.2] })).toContain('8 blocks); needs about 3 more blocks');
  });

  test('shows the backend that was observed, not the one that was asked for', () => {
    const text = flat(simulated(undefined, { backend: () => 'nf_tables' }));
    expect(text).toContain('ipvs against iptables (nf_tables)');
    expect(text).not.toContain('(legacy)');
  });

  test('says how many more blocks where it cannot tell', () => {
    const draw = normal(3);
    const noisy = simulated(() => ({ medianUs: 300 * Math.exp(0.1 * draw()) }));
    expect(flat(noisy)).toMatch(
      /cannot tell: [-+]\d+\.\d % \[.*?\] \(median latency, paired, 8 blocks\); needs about [\d,]+ more blocks?/,
    );
  });

  test('gives a reason for many missing verdicts once', () => {
    const text = flat(simulated(undefined, { blocks: 2 }));
    expect(text.match(/no verdict: 2 blocks have both, and a verdict needs 6/g)).toHaveLength(1);
    expect(text).toContain('No verdict in this table');
  });

  test('has no figure of what is not proven, and says why', () => {
    const run = simulated();
    const proofs = run.proofs.map((proof) =>
      proof.scenario === ipvs.id
        ? { ...proof, proven: false, problems: [{ code: 'stated' as const, text: 'worker2 answered itself' }] }
        : proof,
    );
    const text = flat({ ...run, proofs });
    expect(text).toContain('ipvs, ClusterIP: no figures, because its proof failed: path: worker2 answered itself');
    expect(text).toMatch(/ipvs not no verdict no verdict ClusterIP proven/);
    expect(text).not.toContain('ipvs, ClusterIP: client ->');
    expect(text).not.toMatch(/\b33\d\b/);
  });

  test('shows what failed a check, unranked and with the remedy', () => {
    const text = flat(simulated((id) => (id === ipvs.id ? { checks: [failing('generator-bound')] } : {})));
    expect(text).toContain('unranked');
    expect(text).toMatch(/check generator-bound failed \(not ranked\): ipvs, ClusterIP, new connections \(8 of 8 blocks\)/);
    expect(text).toContain('Remedy: generator-bound remedy');
    expect(text).not.toMatch(/\d (% )?slower/);
  });

  test('shows errors, outlying blocks, skips, deaths and paths', () => {
    const run = simulated((id, block) => (id === ipvs.id && block === 2 ? { medianUs: 900, errors: { ECONNRESET: 7 } } : {}));
    const died = {
      ...run,
      ends: [],
      problems: ['line 9 is cut off'],
      skips: [
        {
          type: 'skip' as const,
          at: '',
          skip: {
            code: 'mode',
            mode: 'nftables',
            because: { code: 'stated', text: 'kernel too old', remedy: 'take a newer one' },
          } as const,
        },
      ],
    };
    const text = flat(died);
    expect(text).toMatch(
      /block 3 is an outlier, kept: ipvs, ClusterIP, new connections: median latency 900 \(median of all blocks: 33\d/,
    );
    expect(text).toMatch(/41\/44 7 /);
    expect(text).toContain('nftables: kernel too old; take a newer one');
    expect(text).toContain('kernel 6.12 ended early: 8 of 8 blocks recorded');
    expect(text).toContain('line 9 is cut off');
    expect(text).toMatch(/ipvs, ClusterIP: client -> cluster-ip -> echo/);
  });

  test('warns where the clusters differ without any Service', () => {
    const draw = normal(4);
    const text = flat(simulated((id) => ({ medianUs: (id.startsWith('ipvs') ? 400 : 300) * Math.exp(0.003 * draw()) })));
    expect(text).toMatch(/the clusters differ even at the pod IP, .*: ipvs against iptables \(legacy\), pod IP/);
  });

  test('sets families beside each other without a verdict', () => {
    const draw = normal(5);
    const families = [
      family([reference, scenario('nftables', 'cluster-ip')], { id: 'host', title: 'the host' }),
      family([reference, ipvs], { id: 'uml', title: 'UML' }),
    ];
    const text = flat(simulate(families, { kernel: (id) => id }, () => ({ rate: 1000 * Math.exp(0.01 * draw()) })));
    expect(text).toContain('Ratios across families (no verdicts)');
    expect(text).toMatch(
      /against iptables \(legacy\), ClusterIP, keep-alive: nftables: [01]\.\d+ \[.*?\] .*?\(the host\) ipvs: [01]\.\d+ \[.*?\] .*?\(UML\)/,
    );
  });

  test('a position deep in the rules is an answer of its own', () => {
    const draw = normal(6);
    const positions = (['first', 'last'] as const).map((position) =>
      scenario('iptables-legacy', 'cluster-ip', { services: 5000, position }),
    );
    const run = simulate([family(positions, { series: ['first-packet'] })], {}, ({ position }) => ({
      medianUs: (position === 'last' ? 75 : 30) * Math.exp(0.01 * draw()),
    }));
    expect(flat(run)).toMatch(
      /^Which mode\? - iptables \(legacy\), ClusterIP, 5,000 Services, last against first in the rules, first packet: slower, 2\.[45]\d times as much \[2\.\d+, 2\.\d+\]/,
    );
  });
});
