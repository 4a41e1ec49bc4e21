import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { createRunDirectory, findRun, listRuns } from '../../src/results/directory.ts';
import { planHash } from '../../src/results/plan-hash.ts';
import { family, scenario, simulate } from '../compare/simulate.ts';

const { plan } = simulate([family([scenario('ipvs', 'pod')])], {}, () => undefined);
const named = (name: string) => ({ ...plan, lab: { ...plan.lab, name } });
const day = (date: number) => new Date(Date.UTC(2026, 10, date, 3, 4, 5, 6));

let results: string;
beforeEach(async () => {
  results = await mkdtemp(join(tmpdir(), 'trafficlab-'));
});
afterEach(() => rm(results, { recursive: true }));

describe('createRunDirectory', () => {
  test('names lab, time, provider and plan, and holds the plan', async () => {
    const directory = await createRunDirectory(results, plan, day(23));
    expect(directory).toBe(join(results, 'simulated', `20261123T030405006Z-netns-${planHash(plan)}`));
    expect(JSON.parse(await readFile(join(directory, 'plan.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(plan)));
  });

  test('never uses a folder twice', async () => {
    const made = await Promise.all([1, 2, 3].map(() => createRunDirectory(results, plan, day(23))));
    expect(new Set(made).size).toBe(3);
  });
});

describe('findRun', () => {
  let old: string;
  let newest: string;
  let other: string;
  beforeEach(async () => {
    newest = await createRunDirectory(results, named('ipvs'), day(23));
    old = await createRunDirectory(results, named('ipvs'), day(9));
    other = await createRunDirectory(results, named('nftables'), day(9));
  });

  test('a path of a run, or of a file in it, is that run', async () => {
    expect(await findRun(old, results)).toBe(old);
    expect(await findRun(`${old}/`, results)).toBe(old);
    expect(await findRun(join(old, 'plan.json'), results)).toBe(old);
  });

  test("a lab is its newest run, by the runs' times and not by when they were written", async () => {
    expect(await findRun('ipvs', results)).toBe(newest);
  });

  test('a beginning is the one run that begins so', async () => {
    expect(await findRun('20261123', results)).toBe(newest);
    expect(await findRun('ipvs/20261109', results)).toBe(old);
    expect(await findRun('nft', results)).toBe(other);
  });

  test('a beginning of several is refused, with their names', async () => {
    const error = await findRun('20261109', results).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain('ipvs/20261109');
    expect((error as Error).message).toContain('nftables/20261109');
  });

  test('what names none is refused, with the labs that there are', async () => {
    await expect(findRun('ipsv', results)).rejects.toMatchObject({ exitCode: 2, remedy: 'there are runs of ipvs, nftables' });
    await expect(findRun('', results)).rejects.toThrow(UsageError);
    await expect(findRun('x', join(results, 'nowhere'))).rejects.toMatchObject({
      remedy: expect.stringContaining('has no runs'),
    });
  });

  test('lists runs by lab, the oldest first', async () => {
    expect((await listRuns(results)).map(({ directory }) => directory)).toEqual([old, newest, other]);
  });
});
