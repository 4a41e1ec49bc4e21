import { appendFile, cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { appendRecord } from '../../src/results/append.ts';
import { createRunDirectory } from '../../src/results/directory.ts';
import { addFacts } from '../../src/results/facts.ts';
import { upgradeRecord } from '../../src/results/format-1.ts';
import { readRun } from '../../src/results/read.ts';
import { factsKey, factsOf, outcomeOf } from '../../src/results/run.ts';
import type { EndRecord, PhaseRecord } from '../../src/results/schema.ts';
import { family, scenario, simulate } from '../compare/simulate.ts';

const fixtures = join(import.meta.dirname, '../fixtures/runs');
const whole = join(fixtures, 'ipvs/20261123T100000000Z-netns-22222222');
const simulated = simulate([family([scenario('ipvs', 'pod')], { blocks: 2 })], {}, (_, block) => ({ rate: 100 + block }));
const phase = (name: string): PhaseRecord => ({ type: 'phase', at: '2026-11-23T03:00:00Z', name, durationMs: 12.5 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trafficlab-'));
});
afterEach(() => rm(folder, { recursive: true }));

const text = () => readFile(join(folder, 'results.ndjson'), 'utf8');

describe('what is appended is read again', () => {
  test('every record, in order', async () => {
    const directory = await createRunDirectory(folder, simulated.plan, new Date());
    await addFacts(directory, { clusters: simulated.facts as never, machine: simulated.machine });
    for (const record of [...simulated.proofs, ...simulated.cells, phase('create'), ...simulated.ends])
      await appendRecord(directory, record);
    const run = await readRun(directory);
    expect(run).toEqual({ ...JSON.parse(JSON.stringify(simulated)), directory, phases: [phase('create')] });
    expect(outcomeOf(run, 'host')).toEqual({ outcome: 'complete' });
  });

  test('one line each, and never mixed when several write at once', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `phase ${index} ${'x'.repeat(5000)}`);
    await Promise.all(names.map((name) => appendRecord(folder, phase(name))));
    const read = (await text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).name);
    expect(read.sort()).toEqual(names.sort());
  });

  test('after half a line a new one begins', async () => {
    await writeFile(join(folder, 'results.ndjson'), '{"type":"phase","na');
    await appendRecord(folder, phase('next'));
    expect((await text()).split('\n')[1]).toBe(JSON.stringify(phase('next')));
  });

  test('what is not of the format is refused and not written', async () => {
    await expect(appendRecord(folder, { ...phase('x'), durationMs: 'long' } as never)).rejects.toThrow();
    await expect(text()).rejects.toThrow('ENOENT');
  });
});

describe('format 1', () => {
  test('cells had one generator and ports of their own', async () => {
    const [first] = (await readRun(whole)).cells;
    const { durationMs } = first!;
    expect(first!.generators).toEqual([{ durationMs, cpuShare: expect.any(Number), eventLoopUtilization: expect.any(Number) }]);
    const ports = { range: 9, timeWaitBefore: 0, timeWaitAfter: 1, budget: 9, used: 2 };
    const generator = { cpuShare: 0.5, eventLoopUtilization: 0.4 };
    expect(upgradeRecord({ type: 'cell', durationMs: 400, generator, ports })).toEqual({
      type: 'cell',
      durationMs: 400,
      generators: [{ durationMs: 400, ...generator, ports }],
    });
    expect(upgradeRecord({ type: 'cell', series: 'first-packet' })).toEqual({ type: 'cell', series: 'first-packet' });
  });
});

describe('facts', () => {
  test('of families that come one after another are kept, those of one cluster apart', async () => {
    const facts = (kernel: string) => ({ provider: 'netns' as const, kernel });
    await addFacts(folder, { machine: { cpus: 2 }, clusters: { [factsKey('host', 'iptables-legacy')]: facts('6.12') } });
    await addFacts(folder, { clusters: { [factsKey('uml', 'iptables-legacy')]: facts('6.1') } });
    const families = ['host', 'uml'].map((id) => family([scenario('iptables-legacy', 'pod')], { id }));
    await writeFile(join(folder, 'plan.json'), JSON.stringify({ ...simulated.plan, families }));
    const run = await readRun(folder);
    expect(run.machine).toEqual({ cpus: 2 });
    expect(factsOf(run, 'host', 'iptables-legacy')!.kernel).toBe('6.12');
    expect(factsOf(run, 'uml', 'iptables-legacy')!.kernel).toBe('6.1');
  });

  test('under a bare cluster name count only where one family has such a cluster', () => {
    const facts = { ipvs: { provider: 'netns' as const, kernel: '6.1' } };
    expect(factsOf({ ...simulated, facts }, 'host', 'ipvs')).toBe(facts.ipvs);
    const families = [simulated.plan.families[0]!, { ...simulated.plan.families[0]!, id: 'uml' }];
    expect(factsOf({ ...simulated, plan: { ...simulated.plan, families }, facts }, 'host', 'ipvs')).toBeUndefined();
  });
});

describe('a run that died half-way', () => {
  test('is read as far as it came, and says what is missing', async () => {
    const run = await readRun(join(fixtures, 'half/20261123T110000000Z-netns-33333333'));
    expect(run.cells).toHaveLength(12);
    expect(run.problems).toEqual(['line 23 of results.ndjson is truncated and ignored']);
    expect(outcomeOf(run, 'uml')).toEqual({ outcome: 'died' });
  });

  test.each([1, 40, 300])('can be cut off %i bytes before its end', async (bytes) => {
    await cp(whole, folder, { recursive: true });
    await truncate(join(folder, 'results.ndjson'), (await text()).length - bytes);
    const run = await readRun(folder);
    expect(run.cells.length).toBeGreaterThanOrEqual(23);
    // Without its last newline a record is whole; without more it is not.
    expect(run.problems).toHaveLength(bytes === 1 ? 0 : 1);
    expect(outcomeOf(run, 'uml').outcome).toBe(bytes === 1 ? 'complete' : 'died');
  });

  test('before anything was observed is readable too', async () => {
    const directory = await createRunDirectory(folder, simulated.plan, new Date());
    const run = await readRun(directory);
    expect(run.cells).toEqual([]);
    expect(run.problems).toHaveLength(2);
    expect(run.problems.join()).toMatch(/facts\.json is missing.*results\.ndjson is missing/);
  });

  test('says how it ended where it could, the last word counting', async () => {
    const end = (outcome: EndRecord['outcome'], message: string): EndRecord => ({
      type: 'end',
      at: '',
      family: 'host',
      outcome,
      message,
    });
    const run = { ...simulated, ends: [end('failed', 'first'), end('interrupted', 'SIGINT')] };
    expect(outcomeOf(run, 'host')).toEqual({ outcome: 'interrupted', message: 'SIGINT' });
  });
});

describe('refuses, with what to do', () => {
  const refusal = async (directory: string) => {
    const error = await readRun(directory).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    return error as UsageError;
  };

  test('another format', async () => {
    const error = await refusal(join(fixtures, 'future/20261123T120000000Z-netns-44444444'));
    expect(error.message).toMatch(/plan\.json has format 3; this trafficlab reads formats 1 and 2/);
    expect(error.remedy).toContain('trafficlab version that wrote it');
  });

  test('a folder without a plan, and a plan that is no JSON', async () => {
    expect((await refusal(folder)).message).toContain('has no plan.json');
    await writeFile(join(folder, 'plan.json'), '{"format": 1,');
    expect((await refusal(folder)).message).toContain('is not JSON');
  });

  test('a record that is whole and not of the format, naming its line', async () => {
    await cp(whole, folder, { recursive: true });
    await appendFile(join(folder, 'results.ndjson'), '{"type":"cell","block":"one"}\n');
    expect((await refusal(folder)).message).toMatch(/line 36 of .*results\.ndjson is not a record/);
  });
});
