import { execFileSync } from 'node:child_process';
import { appendFile, cp, link, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { compareText } from '../../src/commands/compare.ts';
import { TrafficlabError, UsageError } from '../../src/errors.ts';
import { appendRecord } from '../../src/results/append.ts';
import { createRunDirectory } from '../../src/results/directory.ts';
import { readRun } from '../../src/results/read.ts';
import { factsOf } from '../../src/results/run.ts';
import { folderOfTest } from '../support/folder.ts';

const stored = join(import.meta.dirname, '../fixtures/runs/ipvs/20261123T100000000Z-netns-22222222');
let folder: string;
let run: string;
beforeEach(async () => {
  folder = await folderOfTest('results');
  run = join(folder, 'run');
  await cp(stored, run, { recursive: true });
});

type Json = Record<string, unknown>;
const planOf = async () => JSON.parse(await readFile(join(run, 'plan.json'), 'utf8'));

/** What reading the run is refused with: one error for people, in a second. */
async function refusal(): Promise<string> {
  const started = performance.now();
  const error = await readRun(run).then(
    () => new Error('it was taken'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UsageError);
  expect(performance.now() - started).toBeLessThan(5000);
  const { message } = error as Error;
  expect(message.length).toBeLessThan(15_000);
  expect(message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  return message;
}

/** The plan with a value at a path of keys; undefined deletes it. */
async function changePlan(path: string, value: unknown): Promise<void> {
  const plan = await planOf();
  const keys = path.split('.');
  const last = keys.pop()!;
  const holder = keys.reduce((at, key) => at[key], plan);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  await writeFile(join(run, 'plan.json'), JSON.stringify(plan));
}

describe('cases 9.7 and 10: a stored plan is checked for all that is read of it', () => {
  it.each([
    'trafficlab',
    'lab',
    'lab.name',
    'lab.question',
    'lab.load',
    'lab.load.warmup',
    'lab.load.duration',
    'lab.load.connections',
    'lab.load.timeout',
    'lab.load.maxRequests',
    'lab.load.firstPackets',
    'lab.blocks',
    'lab.equivalence',
    'lab.series',
    'lab.targets',
    'lab.proxyModes',
    'lab.cluster',
    'lab.workload',
    'provider',
    'provider.name',
    'overrides',
    'seed',
    'families',
    'families.0.id',
    'families.0.clusters',
    'families.0.clusters.0.proxyMode',
    'families.0.scenarios.0.topology',
    'families.0.scenarios.0.vantage',
    'families.0.order',
    'skips',
    'estimate',
  ])('cases 9.7: a plan without %s is refused when read, with the path', async (path) => {
    await changePlan(path, undefined);
    const steps = path.replaceAll(/\.(\d+)/g, '[$1]');
    expect(await refusal()).toContain(`at ${steps}`.replace(/at lab\.(.*)/, 'at lab.$1'));
  });

  it.each([
    ['families.0.scenarios.0.topology.entry', 'nowhere'],
    ['families.0.scenarios.0.topology', { entry: 'load-balancer', announce: 'arp', trafficPolicy: 'cluster' }],
    ['families.0.scenarios.0.topology', { entry: 'load-balancer', trafficPolicy: 'cluster' }],
    ['families.0.scenarios.0.topology', { entry: 'node-port', trafficPolicy: 'global' }],
    [
      'families.0.scenarios.0.topology',
      { entry: 'ingress', controller: 'envoy', placement: 'daemonset', exposure: { entry: 'host-port' } },
    ],
    [
      'families.0.scenarios.0.topology',
      { entry: 'ingress', controller: 'nginx', placement: 'anywhere', exposure: { entry: 'host-port' } },
    ],
    [
      'families.0.scenarios.0.topology',
      { entry: 'ingress', controller: 'nginx', placement: 'daemonset', exposure: { entry: 'ingress' } },
    ],
    ['families.0.scenarios.0.mode', 'ebpf'],
    ['families.0.scenarios.0.mode', '__proto__'],
    ['families.0.scenarios.0.vantage', 'inside'],
    ['families.0.scenarios.0.position', 'second'],
    ['families.0.scenarios.0.services', -1],
    ['families.0.clusters.0.provider', '../minikube'],
    ['families.0.clusters.0.proxyMode', 'constructor'],
    ['families.0.order.0.0.series', 'median'],
    ['families.0.order.0.0.scenario', 'nowhere'],
    ['families.0.scenarios.0.cluster', 'nowhere'],
    ['families.0.scenarios.1.id', 'iptables-legacy/pod/pod'],
    ['families.0.clusters.1.id', 'iptables-legacy'],
    ['provider.name', '../minikube'],
    ['lab.reference', 'ebpf'],
    ['lab.blocks', 1.5],
    ['lab.blocks', -1],
    ['lab.blocks', '6'],
    ['lab.equivalence', 1e308],
    ['lab.load.warmup', null],
    ['lab.load', []],
    ['lab.targets.0.entry', 'toString'],
    ['format', 3],
    ['format', '1'],
    ['families', {}],
    ['skips', [{ code: 'mode', mode: 1, because: { code: 'no-ipvs', said: '' } }]],
    ['lab.hops', 'yes'],
  ])('cases 10: %s as %j is refused when read', async (path, value) => {
    await changePlan(path, value);
    expect(await refusal()).toMatch(/plan\.json (is not valid|has format)/);
  });

  it('cases 10: JSON that nests deeper than the stack, and what is no object', async () => {
    for (const text of [
      '['.repeat(200_000),
      `{"format":1,"lab":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
      'null',
      '1',
      '""',
      '[]',
      '',
    ]) {
      await writeFile(join(run, 'plan.json'), text);
      expect(await refusal()).toMatch(/plan\.json (is|has)/);
    }
  });

  it('cases 10: ESC in what a plan says is not shown as it is', async () => {
    await changePlan('format', '\u001b[2J\u202e');
    await refusal();
  });

  it('cases 10: names that every object has are names like others', async () => {
    const text = await readFile(join(run, 'plan.json'), 'utf8');
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const of = (words: string) =>
        words.replaceAll('"iptables-legacy"', `"${name}"`).replaceAll(/"mode": ?"[^"]*"/g, '"mode":"iptables-legacy"');
      await writeFile(join(run, 'plan.json'), of(text));
      for (const file of ['results.ndjson', 'facts.json'])
        await writeFile(join(run, file), (await readFile(join(stored, file), 'utf8')).replaceAll('iptables-legacy', name));
      const read = await readRun(run);
      expect([undefined, 'string']).toContain(typeof factsOf(read, 'uml', name)?.kernel);
      expect(await compareText([run], { results: folder, colour: false })).toContain('ipvs');
    }
  });
});

describe('cases 10: records are a stranger’s', () => {
  const lines = async () => (await readFile(join(run, 'results.ndjson'), 'utf8')).trim().split('\n');
  const changeCell = async (change: (cell: Json) => Json) => {
    const all = await lines();
    const at = all.findIndex((line) => JSON.parse(line).type === 'cell');
    all[at] = JSON.stringify(change(JSON.parse(all[at]!)));
    await writeFile(join(run, 'results.ndjson'), `${all.join('\n')}\n`);
    return at + 1;
  };

  it('cases 10: a histogram that cannot be read is one error with line and cell', async () => {
    const line = await changeCell((cell) => ({ ...cell, histogram: 'HISTFAAAACB42pNpmSz8////3wwQwAylGcGcye0M9h8gAkwA1lcHkQ==' }));
    const message = await refusal();
    expect(message).toMatch(
      new RegExp(`^line ${line} of .*results\\.ndjson: the histogram of cell \\S+/pod, keep-alive, block \\d is not readable`),
    );
  });

  it.each<[string, Json]>([
    ['a series', { series: 'median' }],
    ['a negative count', { requests: -1 }],
    ['a count that is none', { requests: 0.5 }],
    ['a number past all', { ratePerSecond: 1e308 }],
    ['a text for a number', { ratePerSecond: 'NaN' }],
    ['no number', { durationMs: null }],
    ['a negative status count', { statusCounts: { 200: -5 } }],
    ['a check', { checks: [{ name: 'luck', ok: true, seen: { code: 'stated', text: '', remedy: '' } }] }],
    ['a type', { type: 'window' }],
    ['a prototype', { type: 'constructor' }],
  ])('cases 10: %s that is none is refused with its line', async (_what, change) => {
    const line = await changeCell((cell) => ({ ...cell, ...change }));
    expect(await refusal()).toContain(`line ${line} of `);
  });

  it('cases 10: a line without an end, and many that are none', async () => {
    await appendFile(join(run, 'results.ndjson'), 'x'.repeat(2 * 1024 * 1024));
    expect(await refusal()).toMatch(/is longer than 1,048,576 bytes/);
    await writeFile(join(run, 'results.ndjson'), '{\n'.repeat(1000));
    const { problems } = await readRun(run);
    expect([problems.length, problems.at(-1)]).toEqual([21, '980 more lines of results.ndjson are truncated']);
    await writeFile(join(run, 'results.ndjson'), '{\n'.repeat(600_000));
    expect(await refusal()).toMatch(/more than 1,000 truncated lines/);
  });

  it.each(['plan.json', 'facts.json', 'results.ndjson'])('cases 10: %s that is no regular file', async (name) => {
    const path = join(run, name);
    const kinds: Record<string, () => Promise<unknown> | undefined> = {
      folder: () => mkdir(path),
      device: () => symlink('/dev/zero', path),
      FIFO: () => void execFileSync('mkfifo', [path]),
      larger: async () => {
        await writeFile(path, '');
        await truncate(path, 2 ** 40);
      },
    };
    for (const [kind, make] of Object.entries(kinds)) {
      await rm(path, { recursive: true, force: true });
      await make();
      expect(await refusal()).toContain(kind);
    }
  });
});

describe('cases 10: results are written to a folder of their own', () => {
  it('cases 10: a link in the place of the lab’s folder is refused, and one to all results is the user’s', async () => {
    const plan = (await readRun(run)).plan;
    await mkdir(join(folder, 'elsewhere'));
    await mkdir(join(folder, 'results'));
    await symlink(join(folder, 'elsewhere'), join(folder, 'results', 'ipvs'));
    await expect(createRunDirectory(join(folder, 'results'), plan, new Date())).rejects.toThrow(/is a link or not a folder/);
    await symlink('elsewhere', join(folder, 'linked'));
    await createRunDirectory(join(folder, 'linked'), plan, new Date());
    expect(await readdir(join(folder, 'elsewhere'))).toEqual(['ipvs']);
  });

  it('cases 10: records are appended neither through a link nor to a file with another name', async () => {
    const record = { type: 'phase', at: 'x', name: 'x', durationMs: 1 } as const;
    await writeFile(join(folder, 'victim'), 'mine');
    for (const make of [symlink, link]) {
      await rm(join(run, 'results.ndjson'));
      await make(join(folder, 'victim'), join(run, 'results.ndjson'));
      await expect(appendRecord(run, record)).rejects.toThrow(TrafficlabError);
    }
    await rm(join(run, 'results.ndjson'));
    await symlink('/dev/full', join(run, 'results.ndjson'));
    await expect(appendRecord(run, record)).rejects.toThrow(TrafficlabError);
    expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('mine');
  });
});
