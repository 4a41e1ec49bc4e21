import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fakeMachine } from './fake-machine.ts';

const fixtures = fileURLToPath(new URL('../fixtures/runs', import.meta.url));
const [then, now] = ['20261101T100000000Z-netns-11111111', '20261123T100000000Z-netns-22222222'];

/** A machine whose results hold two runs of ipvs, and one of the lab `half` that died. */
async function machine() {
  const fake = await fakeMachine();
  for (const lab of ['ipvs', 'half']) await cp(join(fixtures, lab), join(fake.results, lab), { recursive: true });
  return fake;
}
const lines = (text: string) => text.trim().split('\n');

test('without a run: the newest of each lab, into the folder of all results', async () => {
  await using fake = await machine();
  const { exitCode, stdout, stderr } = await fake.trafficlab(['report', '--format', 'json']);
  expect([exitCode, stderr, stdout]).toEqual([0, '', `${join(fake.results, 'report.json')}\n`]);
  const { runs } = JSON.parse(await readFile(join(fake.results, 'report.json'), 'utf8'));
  expect(runs.map(({ run }: { run: { directory: string } }) => run.directory.split('/').slice(-2))).toEqual([
    ['half', '20261123T110000000Z-netns-33333333'],
    ['ipvs', now],
  ]);
  expect(await fake.calls()).toEqual([]);
});

test('one run: beside it, and its path on stdout', async () => {
  await using fake = await machine();
  const { exitCode, stdout, stderr } = await fake.trafficlab(['report', 'ipvs']);
  expect([exitCode, stderr]).toEqual([0, '']);
  const [path, ...more] = lines(stdout);
  expect(more).toEqual([]);
  expect(path).toMatch(new RegExp(`${now}/report\\.[a-z]+$`));
  expect((await stat(path!)).size).toBeGreaterThan(1000);
});

test('every format at once, several runs, another folder', async () => {
  await using fake = await machine();
  const { exitCode, stdout } = await fake.trafficlab(['report', then, now, 'half', '--format', 'all', '--out', 'new/folder/']);
  expect(exitCode).toBe(0);
  const folder = join(fake.path, 'new/folder');
  const written = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  expect(written.map(({ name }) => name)).toEqual(expect.arrayContaining(['report.md', 'report.csv', 'report.json']));
  expect(lines(stdout)).toHaveLength(written.length);
  expect(written.filter(({ name }) => name.endsWith('.hgrm')).length).toBeGreaterThan(5);
  expect(await readFile(join(folder, 'report.md'), 'utf8')).toContain('Now against then');
});

test('--out names a file for a single format', async () => {
  await using fake = await machine();
  const { exitCode, stdout } = await fake.trafficlab(['report', 'ipvs', '--format', 'md', '--out', 'comment.md']);
  expect([exitCode, stdout]).toEqual([0, `${join(fake.path, 'comment.md')}\n`]);
});

test('runs of one lab from different environments only with --force', async () => {
  await using fake = await machine();
  await changeFacts(join(fake.results, 'ipvs', then), (facts) => ({ ...facts, kernel: '9.9.9' }));
  const refused = await fake.trafficlab(['report', then, now, '--out', 'out/']);
  expect([refused.exitCode, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toContain('different environments');
  expect(await readdir(fake.path)).not.toContain('out');
  const forced = await fake.trafficlab(['report', then, now, '--format', 'md', '--out', 'out/', '--force']);
  expect(forced.exitCode).toBe(0);
  expect(await readFile(join(fake.path, 'out/report.md'), 'utf8')).toMatch(/\*\*Environments differ\*\*: .*kernel/);
});

test('slower is no failure: without a baseline the exit code is 0 whatever the verdicts are', async () => {
  await using fake = await machine();
  const { exitCode } = await fake.trafficlab(['report', 'ipvs', '--format', 'md', '--out', 'out.md']);
  expect(exitCode).toBe(0);
  expect(await readFile(join(fake.path, 'out.md'), 'utf8')).toContain('**slower**');
});

test('--baseline: a regression beyond the tolerance is exit code 1 and a line; within it is 0', async () => {
  await using fake = await machine();
  const failed = await fake.trafficlab(['report', '--baseline', `ipvs/${then}`, '--format', 'md']);
  expect([failed.exitCode, failed.stderr]).toEqual([1, '']);
  const [path, check, ...regressions] = lines(failed.stdout);
  expect(path).toMatch(/report\.md$/);
  expect(check).toContain('baseline check FAILED');
  expect(check).toContain('4 cells: 1 worse by more than 5 %, 0 lost');
  expect(regressions).toEqual([
    'worse: ipvs, ClusterIP, keep-alive: 0.909 [0.895, 0.924] times the request rate of the baseline',
  ]);
  const passed = await fake.trafficlab(['report', now, '--baseline', then, '--tolerance', '12', '--format', 'md']);
  expect([passed.exitCode, lines(passed.stdout)[1]]).toEqual([0, expect.stringContaining('baseline check passed')]);
});

test('--baseline: a cell that lost its proof is exit code 1', async () => {
  await using fake = await machine();
  const file = join(fake.results, 'ipvs', now, 'results.ndjson');
  const records = lines(await readFile(file, 'utf8')).map((line) => JSON.parse(line));
  const changed = records.map((record) =>
    record.type === 'proof' && record.subject === 'rules' ? { ...record, proven: false } : record,
  );
  await writeFile(file, changed.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const { exitCode, stdout } = await fake.trafficlab(['report', now, '--baseline', then, '--tolerance', '50', '--format', 'md']);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^lost: .*not proven: rules/m);
});

test.each<[string, string[], RegExp]>([
  ['a format that is none', ['ipvs', '--format', 'md,pdf'], /--format md,pdf: unknown format "pdf"/],
  [
    'several formats into one file',
    ['ipvs', '--format', 'md,csv', '--out', 'x.md'],
    /x\.md is one file, but --format names 2 formats/,
  ],
  ['a file of another kind', ['ipvs', '--format', 'csv', '--out', 'x.md'], /x\.md is not a \.csv file/],
  ['a run that is none', ['nosuch'], /no run named nosuch/],
  ['the run as its own baseline', ['ipvs', '--baseline', now!], /is the reported run itself/],
  ['a baseline of another lab', ['ipvs', '--baseline', 'half'], /they have no cell in common/],
  ['a tolerance without a baseline', ['ipvs', '--tolerance', '5'], /needs --baseline/],
  ['a tolerance that is no number', [now!, '--baseline', then!, '--tolerance', 'x'], /expected a percentage/],
  ['a tolerance of everything', [now!, '--baseline', then!, '--tolerance', '100'], /expected a percentage/],
])('%s: exit code 2, nothing written', async (_what, args, message) => {
  await using fake = await machine();
  const before = await readdir(fake.path, { recursive: true });
  const ending = await fake.trafficlab(['report', ...args]);
  expect(ending).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(message) });
  expect(await readdir(fake.path, { recursive: true })).toEqual(before);
});

test('what a terminal would obey is shown in an error, not obeyed', async () => {
  await using fake = await machine();
  const { exitCode, stderr } = await fake.trafficlab(['report', '\u001b[2Jnosuch\u202e']);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('no run named \ufffd[2Jnosuch\ufffd')]);
});

test('no results at all: exit code 2, and what makes some', async () => {
  await using fake = await fakeMachine();
  await mkdir(fake.results);
  const { exitCode, stderr } = await fake.trafficlab(['report']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('no runs in ');
  expect(stderr).toContain('npm run lab smoke');
});

async function changeFacts(run: string, change: (facts: object) => object) {
  const file = join(run, 'facts.json');
  const content = JSON.parse(await readFile(file, 'utf8'));
  const clusters = Object.fromEntries(Object.entries<object>(content.clusters).map(([key, facts]) => [key, change(facts)]));
  await writeFile(file, JSON.stringify({ ...content, clusters }));
}
