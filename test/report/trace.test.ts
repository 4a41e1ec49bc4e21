import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportJson } from '../../src/report/json.ts';
import { makeReport } from '../../src/report/report.ts';
import { readRun } from '../../src/results/read.ts';
import { failing, family, normal, scenario, simulate } from '../compare/simulate.ts';
import { storeRun } from '../support/store-run.ts';

const script = fileURLToPath(new URL('../../scripts/trace-report.mjs', import.meta.url));

let folder: string;
let report: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trafficlab-trace-'));
  const [then, now] = [await store('then', 1, 1), await store('now', 2, 1.3)];
  const runs = [await readRun(now)];
  report = reportJson(makeReport({ made: 'now', trafficlab: '0', runs, baseline: { run: await readRun(then) } }));
});
afterAll(() => rm(folder, { recursive: true }));

/** Two families that share a member, hops, three series; one cell is not ranked, one is not proven. Some verdict of each kind. */
async function store(name: string, seed: number, slower: number): Promise<string> {
  const noise = normal(seed);
  const places = (['iptables-legacy', 'ipvs'] as const).flatMap((mode) => [
    scenario(mode, 'pod'),
    scenario(mode, 'cluster-ip'),
    scenario(mode, 'node-port'),
  ]);
  const options = { series: ['keep-alive', 'new-connection', 'first-packet'] as const, blocks: 8 };
  const families = [family(places, options), family(places, { ...options, id: 'guest', title: 'kernel 6.1' })];
  const cost = { 'iptables-legacy': 1, ipvs: 1.2 * slower } as Record<string, number>;
  const run = simulate(families, { reference: 'iptables', hops: true }, (one, block) => {
    const factor = cost[one.mode]! * (one.topology.entry === 'node-port' ? 1 + 0.3 * noise() ** 2 : 1) * (1 + 0.01 * noise());
    const requests = Math.round(4000 / factor);
    return {
      requests,
      durationMs: 397.25,
      rate: (requests / 397.25) * 1000,
      medianUs: 200 * factor,
      carriers: [{ component: 'nginx', node: 'worker', kind: 'process', cpuNs: (20 + block) * 1e6 }],
      reconnects: { asked: block, idle: 2 },
      ...(block % 2 === 0 ? { loadMs: 421.5 } : {}), // older runs did not record it
      generators: [{ durationMs: 397.25, cpuShare: 0.5 + block / 100, eventLoopUtilization: 0.4 }],
      ...(one.mode === 'ipvs' && one.topology.entry === 'node-port' && block > 3 ? { checks: [failing('retransmits')] } : {}),
    };
  });
  const proofs = run.proofs.map((proof) =>
    proof.scenario === 'iptables-legacy/node-port/pod' && proof.family === 'guest'
      ? {
          ...proof,
          proven: false,
          problems: [{ code: 'no-answer', url: 'http://10.0.0.1/', failed: 1, of: 1, statuses: [], errors: ['EPIPE'] } as const],
        }
      : proof.subject === 'rules' && proof.family === 'guest'
        ? { ...proof, proven: false, unobserved: [{ code: 'kube-proxy-absent', node: 'worker' } as const] }
        : proof.subject === 'path'
          ? { ...proof, objects: [moved] }
          : proof,
  );
  return storeRun(folder, name, { ...run, proofs });
}

const moved = { kind: 'chain', node: 'worker', table: 'nat', name: 'KUBE-SVC-A', moved: 12, seenBy: 'counter' } as const;

interface Ending {
  readonly exitCode: unknown;
  readonly stdout: string;
}

async function trace(text: string, folders: readonly string[] = []): Promise<Ending> {
  const file = join(folder, 'report.json');
  await writeFile(file, text);
  return new Promise((resolve) => {
    execFile(process.execPath, [script, file, ...folders], (error, stdout) => resolve({ exitCode: error?.code ?? 0, stdout }));
  });
}

test('every figure of a report is found in the raw samples', async () => {
  const { exitCode, stdout } = await trace(report);
  expect(stdout).toMatch(/^[\d,]+ figures traced, 0 differ\n$/);
  expect(Number(/^[\d,]+/.exec(stdout)![0].replaceAll(',', ''))).toBeGreaterThan(3000);
  expect(exitCode).toBe(0);
});

test('the report of the test holds every kind of verdict, standing and outcome, so that all of them are traced', () => {
  const kinds = new Set([...report.matchAll(/"kind": "([a-z-]+)"/g)].map(([, kind]) => kind));
  for (const kind of ['slower', 'equivalent', 'cannot-tell', 'none', 'ranked', 'unranked', 'unproven', 'worse', 'held', 'hop'])
    expect(kinds).toContain(kind);
});

test('a report inside of a page is traced too', async () => {
  const { stdout } = await trace(`<!doctype html><p>{</p><script type="application/json" id="data">${report}</script>`);
  expect(stdout).toContain(' 0 differ');
});

type Report = ReturnType<typeof JSON.parse>;
const firstTable = ({ runs }: Report) => runs[0].analysis.families[0].tables[0];
const compared = (report: Report) =>
  firstTable(report).comparisons.find((comparison: { estimate?: object }) => comparison.estimate);

const changes: [string, (report: Report) => void, RegExp][] = [
  ['requests', (it) => (firstTable(it).cells[0].figures.requests += 1), /figures\/requests: the report has/],
  ['rate', (it) => (firstTable(it).cells[0].figures.rate *= 1.000001), /figures\/rate:/],
  ['p50', (it) => (firstTable(it).cells[0].figures.p50 += 0.001), /figures\/p50:/],
  ['p90', (it) => (firstTable(it).cells[0].figures.p90 += 1), /figures\/p90:/],
  ['p99', (it) => (firstTable(it).cells[0].figures.p99 += 1), /figures\/p99:/],
  ['p99.9', (it) => (firstTable(it).cells[0].figures.p999 += 1), /figures\/p999:/],
  ['errors', (it) => (firstTable(it).cells[0].figures.errors = 1), /figures\/errors:/],
  ['CPU of a carrier', (it) => (firstTable(it).cells[0].figures.carriers[0].cpuMs += 1), /carriers\/0\/cpuMs:/],
  ['reconnects', (it) => (firstTable(it).cells[0].figures.reconnects.asked += 1), /figures\/reconnects\/asked:/],
  ['what a path moved', (it) => (firstTable(it).cells[0].objects[0].moved += 1), /objects\/0\/moved:/],
  ['histogram', (it) => (firstTable(it).cells[0].figures.histogram = it.runs[0].run.cells[0].histogram), /figures\/histogram:/],
  ['a block', (it) => (firstTable(it).cells[1].blocks[3].p50 += 1), /blocks\/3\/p50:/],
  ['a block left out', (it) => firstTable(it).cells[1].blocks.pop(), /blocks: the report has 7, the raw samples give 8/],
  ['standing', (it) => (firstTable(it).cells.at(-1).standing.kind = 'ranked'), /standing\/kind:/],
  ['ratio', (it) => (compared(it).estimate.ratio += 0.0001), /estimate\/ratio:/],
  ['interval', (it) => (compared(it).estimate.interval95[1] += 0.0001), /interval95\/1:/],
  ['verdict', (it) => (compared(it).verdict = { kind: 'faster' }), /verdict\/kind:/],
  ["Holm's correction", (it) => (compared(it).adjustedP = compared(it).estimate.p), /adjustedP:/],
  ['the band of equivalence', (it) => (it.runs[0].analysis.equivalencePercent = 10), /equivalencePercent:/],
  ['a hop', (it) => (firstTable(it).waterfalls[0].steps[1].added.difference += 0.01), /added\/difference:/],
  ['blocks seen', (it) => (it.runs[0].analysis.families[0].seenBlocks = 9), /seenBlocks:/],
  ['against the baseline', (it) => (it.between[0].tables[0].comparisons[0].estimate.ratio *= 1.001), /^between.*ratio:/m],
  [
    'a regression',
    (it) => (it.checks[0].cells.find((cell: Report) => cell.outcome.kind === 'worse').outcome = { kind: 'held' }),
    /^check.*kind:/m,
  ],
  ['a raw record', (it) => (it.runs[0].run.cells[0].requests += 1), /cells\/0\/requests:/],
  [
    'a figure that nothing explains',
    (it) => (firstTable(it).cells[0].figures.p42 = 42),
    /p42: the report has 42, the raw samples give nothing/,
  ],
];

test('each figure that was changed is found, with exit code 1', async () => {
  const changed = JSON.parse(report);
  for (const [, change] of changes) change(changed);
  const { exitCode, stdout } = await trace(JSON.stringify(changed));
  for (const [what, , message] of changes) expect(stdout, what).toMatch(message);
  expect(stdout).toContain(`figures traced, ${stdout.trim().split('\n').length - 1} differ`);
  expect(exitCode).toBe(1);
});

test('one figure that was changed is one difference', async () => {
  const changed = JSON.parse(report);
  firstTable(changed).cells[0].figures.p90 += 1;
  expect((await trace(JSON.stringify(changed))).stdout).toMatch(
    /^[^\n]*figures\/p90: the report has [^\n]*\n[\d,]+ figures traced, 1 differ\n$/,
  );
});

test('raw samples that were changed after the report are found, wherever the runs lie now', async () => {
  const moved = join(folder, 'elsewhere');
  await rename(join(folder, 'simulated'), moved);
  const file = join(moved, 'now', 'results.ndjson');
  const lines = await readFile(file, 'utf8');
  expect((await trace(report, [moved])).stdout).toContain(' 0 differ');
  await writeFile(file, lines.replace('"durationMs":397.25', '"durationMs":400'));
  expect((await trace(report, [moved])).exitCode).toBe(1);
});

test('shares no module with the report', async () => {
  const files = [
    '../../scripts/trace-report.mjs',
    ...['analysis', 'histogram', 'raw-run', 'statistics', 'verdicts', 'walk'].map(
      (name) => `../../scripts/trace-report/${name}.mjs`,
    ),
  ];
  for (const file of files) {
    const imports = [...(await readFile(new URL(file, import.meta.url), 'utf8')).matchAll(/from '([^']+)'/g)].map(
      ([, from]) => from!,
    );
    for (const from of imports) expect(from).toMatch(/^node:|^\.\/(trace-report\/)?[a-z-]+\.mjs$/);
  }
});
