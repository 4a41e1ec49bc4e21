import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { analyseRun } from '../../src/compare/run.ts';
import { errorText, ProofError, suppressedErrors } from '../../src/errors.ts';
import { parseLab } from '../../src/lab/read-lab.ts';
import type { Progress } from '../../src/progress/progress.ts';
import { silentProgress } from '../../src/progress/silent-progress.ts';
import { createRunDirectory } from '../../src/results/directory.ts';
import { readRun } from '../../src/results/read.ts';
import { runFamily } from '../../src/run/run-family.ts';
import { type Fault, fakeLimits, fakeProvider } from '../fakes/provider.ts';
import { planned } from '../support/planned.ts';

const text = `question: Does the runner do what the plan says?
proxyModes: [iptables]
cluster: { workers: 1 }
workload: { replicas: 2 }
targets: [{ entry: pod }, { entry: cluster-ip }]
series: [keep-alive, new-connection]
load: { warmup: 0.02, duration: 0.05 }
blocks: 2
`;
const lab = parseLab(text, 'fake.yaml');
/** A quarter of its windows, for tests of what happens around them. */
const shortLab = parseLab(text.replace(', new-connection', '').replace('blocks: 2', 'blocks: 1'), 'fake.yaml');
const LEGACY = 'iptables-legacy';
const NFT = 'iptables-nft';

let results: string;
beforeEach(async () => {
  results = await mkdtemp(join(tmpdir(), 'trafficlab-run-'));
});
afterEach(() => rm(results, { recursive: true }));

/** Runs the lab's only family on the fake provider and reads what lies on disk then. */
async function run(
  faults: Readonly<Record<string, Fault>> = {},
  { which = shortLab, ...options }: { which?: typeof lab; progress?: Progress; signal?: AbortSignal } = {},
) {
  const plan = planned(which, fakeLimits);
  const directory = await createRunDirectory(results, plan, new Date());
  const provider = fakeProvider(faults);
  const { progress = silentProgress, signal = new AbortController().signal } = options;
  const error = await runFamily(plan, plan.families[0]!, provider, { directory, signal, progress }).then(
    () => undefined,
    (failure: Error) => failure,
  );
  return { plan, provider, error, directory, stored: await readRun(directory) };
}

const clustersOf = (cells: readonly { readonly cluster: string }[]) => [...new Set(cells.map(({ cluster }) => cluster))].sort();

test('a whole run: every planned cell in its order, proofs before and after, phases, one end, and the clusters gone', async () => {
  const { plan, provider, error, stored } = await run({}, { which: lab });
  expect(error?.message).toBeUndefined();
  const all = plan.families[0]!.order.flatMap((cells, block) => cells.map((cell) => ({ block, ...cell })));
  expect(stored.cells.map(({ block, scenario, series }) => ({ block, scenario, series }))).toEqual(all);
  expect(all).toHaveLength(2 * 2 * 2 * 2);
  for (const cell of stored.cells) {
    expect(cell.requests).toBeGreaterThan(0);
    expect(cell.statusCounts).toEqual({ 200: cell.requests });
    expect(cell.errors).toEqual({});
  }
  for (const cluster of [LEGACY, NFT])
    expect(stored.proofs.filter((proof) => proof.cluster === cluster).map(({ subject, proven }) => [subject, proven])).toEqual([
      ['mode', true],
      ['rules', true],
      ['path', true],
      ['path', true],
      ['rules', true],
    ]);
  expect(new Set(stored.proofs.map(({ family }) => family))).toEqual(new Set(['here']));
  expect(stored.phases.map(({ name }) => name)).toEqual([`deploy ${LEGACY}`, `deploy ${NFT}`, 'warm-up', 'delete']);
  expect(stored.ends).toEqual([expect.objectContaining({ family: 'here', outcome: 'complete' })]);
  expect(stored.problems).toEqual([]);
  expect(Object.keys(stored.facts)).toEqual([`here/${LEGACY}`, `here/${NFT}`]);
  const ofLegacy = stored.proofs.filter(({ cluster }) => cluster === LEGACY); // clusters are proven at the same time
  const path = ofLegacy.find(({ subject, scenario }) => subject === 'path' && scenario?.includes('cluster-ip'))!;
  expect(path.hops).toMatchObject([
    { kind: 'client', host: `${LEGACY}-control-plane-pod`, node: `${LEGACY}-control-plane` },
    { kind: 'kernel', datapath: 'iptables', led: ['echo-1', 'echo-2'].map((pod) => ({ pod, connections: 6 })) },
    { kind: 'pods', pods: [{ pod: 'echo-1' }, { pod: 'echo-2' }], saw: [{ address: '127.0.0.1', of: 'client' }] },
  ]);
  expect(path.objects).toContainEqual(
    expect.objectContaining({ name: expect.stringMatching(/^KUBE-SERVICES /), moved: 12, seenBy: 'counter' }),
  );
  expect(provider.journal).toEqual([
    `create ${LEGACY}`,
    `create ${NFT}`,
    `deploy ${LEGACY}`,
    `deploy ${NFT}`,
    `delete ${LEGACY}`,
    `delete ${NFT}`,
  ]);
  const open = process.getActiveResourcesInfo().filter((name) => ['TCPServerWrap', 'ProcessWrap'].includes(name));
  expect(open, 'generators and echo servers that outlived the run').toEqual([]);
});

test('a cluster whose mode is not proven has no figure, the other is measured, and it is an error', async () => {
  const { error, stored } = await run({ [LEGACY]: { saysMode: 'ipvs' } });
  expect(error).toBeInstanceOf(ProofError);
  expect(error!.message).toContain(`${LEGACY}-control-plane: kube-proxy reports "ipvs"`);
  expect(error).toMatchObject({ exitCode: 1 });
  expect(clustersOf(stored.cells)).toEqual([NFT]);
  expect(stored.cells).toHaveLength(2);
  expect(stored.ends).toEqual([expect.objectContaining({ outcome: 'failed', message: expect.stringContaining('ipvs') })]);
});

test('rules that do not count the connections are no proof: no figure for that cluster', async () => {
  const { error, stored } = await run({ [NFT]: { countsOnly: 3 } });
  expect(error).toBeInstanceOf(ProofError);
  expect(error!.message).toContain(`${NFT}-control-plane: trafficlab/echo: the rules for`);
  expect(clustersOf(stored.cells)).toEqual([LEGACY]);
});

test('rules that break while load runs are caught by the last proof, and the comparison leaves that cluster out', async () => {
  const proofs = 5 + 12; // connections of the proofs before the load
  const { error, stored } = await run({ [NFT]: { countsOnly: proofs } });
  expect(error).toBeInstanceOf(ProofError);
  expect(clustersOf(stored.cells)).toEqual([LEGACY, NFT]);
  expect(stored.proofs.filter(({ cluster }) => cluster === NFT).map(({ subject, proven }) => [subject, proven])).toEqual([
    ['mode', true],
    ['rules', true],
    ['path', true],
    ['path', true],
    ['rules', false],
  ]);
  expect(stored.ends).toEqual([expect.objectContaining({ outcome: 'failed' })]);
  const figures = analyseRun(stored).families.flatMap(({ tables }) => tables.flatMap(({ cells }) => cells));
  const kinds = figures.map(({ scenario, standing }) => [scenario.cluster, standing.kind]);
  expect(kinds.filter(([cluster]) => cluster === NFT)).toEqual(Array(2).fill([NFT, 'unproven']));
  expect(kinds.filter(([, kind]) => kind === 'unproven')).toHaveLength(2);
});

test('a scenario for which the cluster has no target is told, not forgotten', async () => {
  const { error, stored } = await run({ [NFT]: { noClusterIp: true } });
  expect(error!.message).toContain(`${NFT}/cluster-ip/pod: the cluster has no such target`);
  expect(stored.cells.filter(({ cluster }) => cluster === NFT).map(({ scenario }) => scenario)).toEqual([`${NFT}/pod/pod`]);
});

test('stopped between two windows: what was measured is kept and readable, the clusters are gone, and it says interrupted', async () => {
  const stop = new AbortController();
  const progress: Progress = {
    ...silentProgress,
    step: (title, work) => {
      if (title === 'block 2 of 2') stop.abort();
      return silentProgress.step(title, work);
    },
  };
  const { provider, error, directory, stored } = await run({}, { which: lab, progress, signal: stop.signal });
  expect(error).toMatchObject({ name: 'InterruptedError', exitCode: 130, remedy: expect.stringContaining(directory) });
  expect(stored.cells.map(({ block }) => block)).toEqual(Array(8).fill(0));
  expect(stored.ends).toEqual([expect.objectContaining({ outcome: 'interrupted' })]);
  expect(provider.journal.filter((line) => line.startsWith('delete'))).toHaveLength(2);
  expect(provider.journal).not.toContain(`logs ${LEGACY}`);
  expect(() => analyseRun(stored)).not.toThrow();
});

test('stopped in the middle of a window: the same', async () => {
  const stop = new AbortController();
  const progress: Progress = {
    ...silentProgress,
    step: (title, work) =>
      silentProgress.step(title, (step) => work({ ...step, cell: () => void setImmediate(() => stop.abort()) })), // a window has begun
  };
  const { provider, error, stored } = await run({}, { which: lab, progress, signal: stop.signal });
  expect(error).toMatchObject({ name: 'InterruptedError', exitCode: 130 });
  expect(stored.cells.length).toBeLessThan(16);
  expect(stored.ends).toEqual([expect.objectContaining({ outcome: 'interrupted' })]);
  expect(provider.journal.filter((line) => line.startsWith('delete'))).toHaveLength(2);
});

test.each([LEGACY, NFT])(
  'the time left counts what is measured: nothing is told before the first window, 0 after the last, where %s is unproven',
  async (unproven) => {
    const left: (number | undefined)[] = [];
    const progress: Progress = {
      ...silentProgress,
      step: (title, work) =>
        silentProgress.step(title, (step) => work({ ...step, cell: ({ secondsLeft }) => void left.push(secondsLeft) })),
    };
    await run({ [unproven]: { saysMode: 'ipvs' } }, { progress });
    expect(left).toHaveLength(2 * 2); // each window begins and ends
    expect([left[0], left.at(-1)]).toEqual([undefined, 0]);
    expect(left.slice(1, -1).every((seconds) => seconds !== undefined && seconds > 0)).toBe(true);
  },
);

test('a cluster that cannot be made: the one before it is taken down, with its logs kept', async () => {
  const { provider, error, stored } = await run({ [NFT]: { create: 'no room for it' } });
  expect(error!.message).toBe('no room for it');
  expect(provider.journal).toEqual([`create ${LEGACY}`, `logs ${LEGACY}`, `delete ${LEGACY}`]);
  expect(stored.ends).toEqual([expect.objectContaining({ outcome: 'failed', message: 'no room for it' })]);
});

test('what taking down says never replaces the first error', async () => {
  const { error, stored } = await run({ [LEGACY]: { dispose: 'it would not go' }, [NFT]: { create: 'no room for it' } });
  expect(error!.message).toBe('no room for it');
  expect(suppressedErrors(error)).toEqual([new Error('it would not go')]);
  expect(stored.ends).toEqual([expect.objectContaining({ message: 'no room for it. Also: it would not go' })]);
});

test('cases 9.5: a proof that failed and a cluster that cannot be deleted are both told, and of two clusters both', async () => {
  const { error } = await run({
    [LEGACY]: { saysMode: 'ipvs', dispose: 'it would not go' },
    [NFT]: { dispose: 'neither would this' },
  });
  expect(error).toBeInstanceOf(ProofError);
  const text = errorText(error);
  expect(text).toContain('kube-proxy reports "ipvs"');
  expect(text).toContain('Also: it would not go. Also: neither would this');
});
