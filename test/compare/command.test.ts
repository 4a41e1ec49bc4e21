import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compareText } from '../../src/commands/compare.ts';
import { UsageError } from '../../src/errors.ts';

const results = join(import.meta.dirname, '../fixtures/runs');
const [then, now] = ['ipvs/20261101', 'ipvs/20261123'];
const flat = async (args: string[], options: { force?: boolean; json?: boolean; results?: string } = {}) =>
  (await compareText(args, { results, colour: false, ...options })).replaceAll(/\s+/g, ' ');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trafficlab-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Copies the stored runs and changes a file of the newer one. */
async function changed(file: string, from: string, to: string): Promise<string> {
  await cp(results, folder, { recursive: true });
  const path = join(folder, 'ipvs/20261123T100000000Z-netns-22222222', file);
  await writeFile(path, (await readFile(path, 'utf8')).replaceAll(from, to));
  return folder;
}

test('a run is not held up against itself, by whatever name it is given twice', async () => {
  await expect(flat([now!, 'ipvs'])).rejects.toThrow(/cannot be compared with itself/);
});

describe('one run', () => {
  test('is answered from disk alone', async () => {
    expect(await flat(['ipvs'])).toContain(
      'ipvs against iptables (legacy), ClusterIP, keep-alive: 10.0 % slower [9.6 %, 10.4 %] (request rate, paired, 6 blocks)',
    );
  });

  // 4310/4800, 4420/4890, 4290/4760, 4330/4840, 4370/4830, 4280/4770: geometric mean, as in results.ndjson.
  test('as JSON holds the ratio that its raw lines give', async () => {
    const { kind, families } = JSON.parse(await compareText(['ipvs'], { results, json: true, colour: false }));
    const found = families[0].tables[0].comparisons.find(
      (comparison: { kind: string; cell: { scenario: string } }) =>
        comparison.kind === 'reference' && comparison.cell.scenario === 'ipvs/cluster-ip/pod',
    );
    const rates = (await readFile(join(results, 'ipvs/20261123T100000000Z-netns-22222222/results.ndjson'), 'utf8'))
      .split('\n')
      .flatMap((line) => (line.includes('"type":"cell"') ? [JSON.parse(line)] : []));
    const log = (scenario: string) =>
      rates.filter((cell) => cell.scenario === scenario).reduce((sum, cell) => sum + Math.log(cell.ratePerSecond), 0);
    expect(kind).toBe('run');
    expect(found.estimate.ratio).toBeCloseTo(
      Math.exp((log('ipvs/cluster-ip/pod') - log('iptables-legacy/cluster-ip/pod')) / 6),
      12,
    );
    expect(found.verdict).toEqual({ kind: 'slower' });
    expect(found.against).toMatchObject({ scenario: 'iptables-legacy/cluster-ip/pod', mode: 'iptables (legacy)' });
  });

  test('that ended early is readable, says so and gives no verdict', async () => {
    const text = await flat(['half']);
    expect(text).toContain('ended early: 3 of 6 blocks recorded');
    expect(text).toContain('line 23 of results.ndjson is truncated');
    expect(text).not.toMatch(/\d slower/);
  });
});

describe('two runs', () => {
  test('are compared unpaired, cell by cell', async () => {
    const text = await flat([then!, now!]);
    expect(text).toContain('ipvs, ClusterIP, keep-alive: 9.1 % slower [7.6 %, 10.5 %] (request rate, unpaired, 6 blocks)');
    expect(text).toContain('iptables (legacy), ClusterIP, keep-alive: equivalent within 5 %: 0.0 %');
    expect(text).not.toContain('FORCED');
  });

  test('the other way round the verdict turns', async () => {
    expect(await flat([now!, then!])).toContain('ipvs, ClusterIP, keep-alive: 10.0 % faster');
  });

  test('from different environments are refused, naming the difference', async () => {
    const changedResults = await changed('facts.json', 'Example CPU', 'Other CPU');
    const error = await flat([then!, now!], { results: changedResults }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toContain('machine: cpuModel: Other CPU now, Example CPU then');
    expect((error as UsageError).remedy).toContain('--force');
  });

  test('with --force are compared, and the first line says so', async () => {
    const changedResults = await changed('facts.json', 'Example CPU', 'Other CPU');
    const text = await compareText([then!, now!], { results: changedResults, force: true, colour: false });
    expect(text.split('\n').slice(0, 2)).toEqual([
      'FORCED: environments of these runs differ:',
      '- machine: cpuModel: Other CPU now, Example CPU then',
    ]);
    expect(text).toContain('9.1 % slower');
  });

  test.each([
    ['kernel', '6.1.0', '6.2.0'],
    ['iptablesBackend', '"legacy"', '"nf_tables"'],
  ])('of another %s are refused', async (what, from, to) => {
    const changedResults = await changed('facts.json', from, to);
    await expect(flat([then!, now!], { results: changedResults })).rejects.toThrow(what);
  });

  test('under another load are refused', async () => {
    const changedResults = await changed('plan.json', '"connections": 1', '"connections": 16');
    await expect(flat([then!, now!], { results: changedResults })).rejects.toThrow('lab.load.connections: 16 now, 1 then');
  });

  test('of different kernels get no verdict, forced or not', async () => {
    const changedResults = await changed('facts.json', '6.1.0', '6.2.0');
    const text = await flat([then!, now!], { results: changedResults, force: true });
    expect(text).toContain('no verdict: kernels 6.2.0 and 6.1.0 differ');
    expect(text).not.toMatch(/\d % (slower|faster)/);
  });

  test('of which one died get no verdict', async () => {
    expect(await flat([now!, 'half'])).toContain('no verdict: the run ended early');
  });

  test('without a cell in common say so and list what each has', async () => {
    const changedResults = await changed('plan.json', '"uml"', '"other"');
    const text = await flat([then!, now!], { results: changedResults });
    expect(text).toContain('No cell is in both runs');
    expect(text).toContain('then: ipvs, ClusterIP, keep-alive');
  });
});

test('no run at all is a mistake of the command line', async () => {
  await expect(flat([])).rejects.toThrow(UsageError);
});
