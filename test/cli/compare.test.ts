import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fakeMachine } from './fake-machine.ts';

const runs = fileURLToPath(new URL('../fixtures/runs', import.meta.url));
const ipvs = (await readdir(join(runs, 'ipvs'))).sort().map((name) => join(runs, 'ipvs', name));
const [older = '', newer = ''] = ipvs;

test('one run: its table and verdicts on stdout, nothing on stderr, exit code 0, no engine asked', async () => {
  await using fake = await fakeMachine();
  const { exitCode, stdout, stderr } = await fake.trafficlab(['compare', newer]);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain('ipvs');
  expect(stdout).toContain(newer);
  expect(await fake.calls()).toEqual([]);
});

test('a lab by its name is its newest run, in the folder that is named or in ./results', async () => {
  await using fake = await fakeMachine();
  const named = await fake.trafficlab(['compare', 'ipvs', '--results', runs]);
  expect(named.stdout).toContain(newer);
  await cp(runs, fake.results, { recursive: true });
  const here = await fake.trafficlab(['compare', 'ipvs']);
  expect([here.exitCode, here.stderr]).toEqual([0, '']);
});

test('two runs of one environment are compared, unpaired', async () => {
  await using fake = await fakeMachine();
  const { exitCode, stdout, stderr } = await fake.trafficlab(['compare', older, newer]);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain('unpaired');
});

test('two runs on different machines are compared only with --force, and it shows', async () => {
  await using fake = await fakeMachine();
  const elsewhere = join(fake.path, 'elsewhere');
  await cp(newer, elsewhere, { recursive: true });
  const facts = JSON.parse(await readFile(join(newer, 'facts.json'), 'utf8'));
  for (const cluster of Object.values<Record<string, unknown>>(facts.clusters)) cluster.kernel = '9.9.9';
  await writeFile(join(elsewhere, 'facts.json'), JSON.stringify(facts));
  const refused = await fake.trafficlab(['compare', older, elsewhere]);
  expect([refused.exitCode, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toContain('these runs come from different environments');
  expect(refused.stderr).toContain('9.9.9');
  const forced = await fake.trafficlab(['compare', older, elsewhere, '--force']);
  expect([forced.exitCode, forced.stderr]).toEqual([0, '']);
  expect(forced.stdout).toContain('9.9.9');
});

test('--json prints nothing but JSON', async () => {
  await using fake = await fakeMachine();
  const { exitCode, stdout } = await fake.trafficlab(['compare', newer, '--json']);
  expect(exitCode).toBe(0);
  expect(() => JSON.parse(stdout)).not.toThrow();
});

test('a run that died half-way is readable and says so', async () => {
  await using fake = await fakeMachine();
  const { exitCode, stdout } = await fake.trafficlab(['compare', 'half', '--results', runs]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/ended early/);
});

test.each([
  ['no run at all', [], /missing required argument/],
  ['a name that is none', ['nosuch'], /no run named nosuch/],
  ['a format of the future', ['future', '--results', runs], /format/],
])('%s: exit code 2', async (_what, args, message) => {
  await using fake = await fakeMachine();
  expect(await fake.trafficlab(['compare', ...args])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(message),
  });
});
