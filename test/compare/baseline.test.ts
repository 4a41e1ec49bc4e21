import { describe, expect, test } from 'vitest';
import { checkBaseline, failedCells } from '../../src/compare/baseline.ts';
import { analyseBetween } from '../../src/compare/between.ts';
import type { Run } from '../../src/results/run.ts';
import { failing, family, normal, scenario, simulate, type Window } from './simulate.ts';

const cells = [scenario('ipvs', 'pod'), scenario('ipvs', 'cluster-ip')];

/** Eight blocks of two cells; the ClusterIP's rate is so many times the baseline's, with a spread of so much. */
function run(times: number, spread = 0.002, more: (block: number) => Partial<Window> = () => ({})): Run {
  const noise = normal(7);
  return simulate([family(cells)], {}, (one, block) => {
    const rate = 10_000 * (one.topology.entry === 'pod' ? 1 : times) * (1 + spread * noise());
    return { rate, ...(one.topology.entry === 'pod' ? {} : more(block)) };
  });
}

const check = (now: Run, then: Run, tolerance = 5) => checkBaseline(analyseBetween(now, then), tolerance);
const ofClusterIp = (now: Run, then = run(1), tolerance = 5) => {
  const result = check(now, then, tolerance);
  const cell = result.cells.find(({ scenario: id }) => id === 'ipvs/cluster-ip/pod')!;
  return { outcome: cell.outcome, fails: failedCells(result).includes(cell) };
};

describe('a rate', () => {
  test('that is worse with its whole interval beyond the tolerance fails', () => {
    const { outcome, fails } = ofClusterIp(run(0.9));
    expect(outcome).toMatchObject({ kind: 'worse', metric: 'rate', ratio: expect.closeTo(0.9, 2) });
    expect(fails).toBe(true);
  });

  test('that is slower, but within the tolerance, holds', () => {
    const now = run(0.97);
    expect(analyseBetween(now, run(1)).tables[0]!.comparisons[1]!.verdict.kind).toBe('equivalent');
    expect(ofClusterIp(now)).toEqual({ outcome: { kind: 'held' }, fails: false });
    expect(ofClusterIp(run(0.9), run(1), 12)).toEqual({ outcome: { kind: 'held' }, fails: false });
  });

  test('that is slower beyond doubt, with an interval that reaches into the tolerance, cannot be told and does not fail', () => {
    const now = run(0.9);
    expect(analyseBetween(now, run(1)).tables[0]!.comparisons[1]!.verdict.kind).toBe('slower');
    const { outcome, fails } = ofClusterIp(now, run(1), 10);
    expect(outcome).toEqual({ kind: 'cannot-tell', reason: 'the 95 % interval reaches past 10 % worse' });
    expect(fails).toBe(false);
  });

  test('that is lower, but noisy, cannot be told and does not fail', () => {
    expect(ofClusterIp(run(0.9, 0.3)).fails).toBe(false);
  });

  test('that is higher holds', () => {
    expect(ofClusterIp(run(1.5)).outcome).toEqual({ kind: 'held' });
  });
});

test('of many cells alike, one that chance makes look worse fails nothing', () => {
  const many = Array.from({ length: 60 }, (_, index) => scenario('ipvs', 'cluster-ip', { services: index + 1 }));
  const alike = (seed: number) => {
    const noise = normal(seed);
    return simulate([family(many)], {}, () => ({ rate: 10_000 * (1 + 0.01 * noise()) }));
  };
  const [now, then] = [alike(1), alike(2)];
  const intervals = analyseBetween(now, then).tables[0]!.comparisons.map(({ estimate }) => estimate!.interval95);
  expect(intervals.filter(([, high]) => high < 1).length).toBeGreaterThan(0);
  expect(failedCells(check(now, then, 0))).toEqual([]);
});

test('of a latency more is worse', () => {
  const latencies = (times: number) =>
    simulate([family(cells, { series: ['new-connection'] })], {}, (_, block) => ({ medianUs: (1000 + block) * times }));
  expect(failedCells(check(latencies(1.2), latencies(1)))).toHaveLength(2);
  expect(failedCells(check(latencies(0.8), latencies(1)))).toHaveLength(0);
});

test('too few blocks for a verdict fail nothing, however bad they look', () => {
  const few = simulate([family(cells, { blocks: 3 })], {}, (_, block) => ({ rate: 1000 + block }));
  expect(check(few, run(1)).cells.map(({ outcome }) => outcome.kind)).toEqual(['cannot-tell', 'cannot-tell']);
});

describe('a cell that had figures is lost', () => {
  const lost = (now: Run, then?: Run) => ofClusterIp(now, then);
  const fails = (reason: RegExp) => ({ outcome: { kind: 'lost', reason: expect.stringMatching(reason) }, fails: true });

  test('when it is not proven any more', () => {
    const now = run(1);
    const proofs = now.proofs.map((proof) => ({
      ...proof,
      proven: proof.subject !== 'rules',
      problems: [{ code: 'stated' as const, text: 'no chain' }],
    }));
    expect(lost({ ...now, proofs })).toMatchObject({
      ...fails(/^not proven$/),
      outcome: { unproven: expect.arrayContaining([{ subject: 'rules', problems: [{ code: 'stated', text: 'no chain' }] }]) },
    });
  });

  test('when nobody can look any more at what proved it', () => {
    const now = run(1);
    const proofs = now.proofs.map((proof) => ({
      ...proof,
      ...(proof.subject === 'mode' ? { proven: false, unobserved: [{ code: 'stated' as const, text: 'no shell' }] } : {}),
    }));
    const unseen = { ...now, proofs };
    expect(lost(unseen)).toEqual(fails(/^mode not proven$/));
    expect(lost(unseen, unseen).fails).toBe(false);
  });

  test('when it was not measured', () => {
    const now = run(1);
    expect(lost({ ...now, cells: now.cells.filter((cell) => cell.scenario === 'ipvs/pod/pod') })).toEqual(fails(/not measured/));
  });

  test('when it was cut short', () => {
    const now = run(1);
    expect(lost({ ...now, cells: now.cells.filter((cell) => cell.block < 5) })).toEqual(fails(/only 5 of 8 blocks/));
  });

  test('when its checks fail, and the baseline had none that failed', () => {
    const broken = run(1, 0.002, () => ({ checks: [failing('errors')] }));
    expect(lost(broken)).toEqual(fails(/^failed errors \(errors seen\)/));
    expect(lost(broken, broken).fails).toBe(false);
    expect(lost(run(1), broken).fails).toBe(false);
  });

  test('when the run does not have it at all', () => {
    const now = simulate([family([cells[0]!])], {}, (_, block) => ({ rate: 10_000 + block }));
    expect(lost(now)).toEqual(fails(/does not have it/));
  });

  test('not when only the run has it', () => {
    const then = simulate([family([cells[0]!])], {}, (_, block) => ({ rate: 10_000 + block }));
    expect(check(run(1), then).cells.map(({ scenario: id }) => id)).toEqual(['ipvs/pod/pod']);
  });
});
