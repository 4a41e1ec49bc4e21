import { expect, test } from 'vitest';
import { analyseRun } from '../../src/compare/run.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { makeReport } from '../../src/report/report.ts';
import { renderRun } from '../../src/report/text.ts';
import { waterfallText } from '../../src/report/waterfall.ts';
import type { Run } from '../../src/results/run.ts';
import { family, normal, scenario, simulate } from './simulate.ts';

const pod = scenario('nftables', 'pod');
const clusterIp = scenario('nftables', 'cluster-ip');
const LOOK = { code: 'closed-node', node: 'worker', because: 'cluster-scope-not-allowed' } as const;

/** A run whose rules nobody could look at; what a privileged pod alone would see is neither proven nor refuted. */
function unlooked(change: Partial<Run['proofs'][number]>): Run {
  const draw = normal(1);
  const run = simulate([family([pod, clusterIp])], {}, ({ id }) => ({
    rate: (id === pod.id ? 10_000 : 8_000) * Math.exp(0.01 * draw()),
  }));
  const proofs = run.proofs.map((proof) =>
    proof.subject === 'rules' ? { ...proof, proven: false, unobserved: [LOOK], ...change } : proof,
  );
  return { ...run, proofs };
}
const text = (run: Run) => renderRun(run, { colour: false }).replace(/\s+/g, ' ');
const cells = (run: Run) => analyseRun(run).families[0]!.tables[0]!.cells;

test('what nobody could look at leaves figures and verdict, and marks the row, the sentence and a note', () => {
  const run = unlooked({});
  expect(cells(run).map(({ standing, unobserved }) => [standing.kind, unobserved.map(({ subject }) => subject)])).toEqual([
    ['ranked', []],
    ['ranked', ['rules']],
  ]);
  const said = text(run);
  expect(said).toMatch(/ClusterIP against pod IP, keep-alive: 20\.\d % slower \[[^\]]+\] \([^)]+\) \[rules not observed\]/);
  expect(said).toContain(`nftables, ClusterIP: rules not observed, and not refuted: worker: only a privileged pod can read`);
});

test('what speaks against it is a failure, whatever else nobody could look at', () => {
  const run = unlooked({ problems: [{ code: 'answered-by-stranger', pods: ['x'] }] });
  expect(cells(run).map(({ standing }) => standing.kind)).toEqual(['unproven', 'unproven']);
});

test('no proof, no problem and nothing unobserved is no proof', () => {
  const run = unlooked({ unobserved: [] });
  expect(cells(run).map(({ standing }) => standing.kind)).toEqual(['unproven', 'unproven']);
});

test('a hop of a waterfall is marked as its cell is', () => {
  const run = unlooked({});
  const hops = { ...run, plan: { ...run.plan, lab: { ...run.plan.lab, hops: true } } };
  const [waterfall] = analyseRun(hops).families[0]!.tables[0]!.waterfalls;
  expect(waterfall!.steps.map(({ unobserved }) => unobserved?.map(({ subject }) => subject))).toEqual([undefined, ['rules']]);
  expect(waterfallText(waterfall!)).toMatch(/^pod IP {2}.*\nClusterIP \(rules not observed\) /);
  const markdown = reportMarkdown(makeReport({ made: '2026-11-25T10:00:00.000Z', trafficlab: '0.1.0', runs: [hops] }));
  expect(markdown).toMatch(/^\| hop .*\n.*\n\| pod IP \| .*\n\| ClusterIP \(rules not observed\) \| /m);
});
