import type { Vantage } from '../../src/cluster/contract/host.ts';
import type { Topology } from '../../src/cluster/contract/topology.ts';
import type { Plan, PlannedFamily, Scenario } from '../../src/lab/plan.ts';
import { labSchema } from '../../src/lab/schema.ts';
import type { SeriesName } from '../../src/lab/series.ts';
import type { Hop } from '../../src/proof/hop.ts';
import type { Run } from '../../src/results/run.ts';
import type { CellRecord, Check, ProofRecord } from '../../src/results/schema.ts';
import { createHistogram, encode, record, summarise } from '../../src/stats/histogram.ts';

const AT = '2026-11-23T03:00:00.000Z';

/** mulberry32: the same numbers on every machine. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers, by Box and Muller. */
export function normal(seed: number): () => number {
  const uniform = random(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

export function scenario(
  mode: Scenario['mode'],
  entry: 'pod' | 'cluster-ip' | 'node-port',
  more: Partial<Scenario> = {},
): Scenario {
  const vantage: Vantage = more.vantage ?? 'pod';
  const topology: Topology = entry === 'node-port' ? { entry, trafficPolicy: 'cluster' } : { entry };
  const cluster = more.services === undefined ? mode : `${mode}-${more.services}`;
  const id = [mode, more.services, more.position, entry, vantage].filter((part) => part !== undefined).join('/');
  return { id, cluster, mode, topology, vantage, ...more };
}

export interface FamilyOptions {
  readonly id?: string;
  readonly title?: string;
  readonly series?: readonly SeriesName[];
  readonly blocks?: number;
}

export function family(scenarios: readonly Scenario[], options: FamilyOptions = {}): PlannedFamily {
  const { id = 'host', title = 'kernel 6.12', series = ['keep-alive'], blocks = 8 } = options;
  const cells = scenarios.flatMap((each) => series.map((name) => ({ scenario: each.id, series: name })));
  const clusters = [...new Set(scenarios.map(({ cluster }) => cluster))].map((cluster) => ({
    id: cluster,
    provider: 'netns' as const,
    workers: 2,
    proxyMode: 'none' as const,
  }));
  return { id, title, clusters, scenarios, order: Array.from({ length: blocks }, () => cells) };
}

export interface RunOptions {
  readonly reference?: Plan['lab']['reference'];
  readonly equivalence?: number;
  readonly kernel?: (family: string, cluster: string) => string;
  readonly kubernetes?: (family: string, cluster: string) => string;
  readonly backend?: (cluster: string) => 'legacy' | 'nf_tables' | undefined;
  readonly directory?: string;
  readonly hops?: boolean;
}

/** What a window of a cell saw; `rate` for keep-alive, `medianUs` for the latencies. */
export type Window = Partial<CellRecord> & { readonly rate?: number; readonly medianUs?: number };

/** A whole run whose every scenario is proven, from what each window saw; undefined: the window is not there. */
export function simulate(
  families: readonly PlannedFamily[],
  options: RunOptions,
  window: (scenario: Scenario, block: number, series: SeriesName, family: string) => Window | undefined,
): Run {
  const lab = labSchema.parse({
    question: 'Which mode?',
    proxyModes: ['iptables'],
    targets: [{ entry: 'cluster-ip' }],
    ...(options.reference ? { reference: options.reference } : {}),
    ...(options.equivalence ? { equivalence: options.equivalence } : {}),
    // A way of hops needs two targets.
    ...(options.hops ? { hops: true, targets: [{ entry: 'pod' }, { entry: 'cluster-ip' }] } : {}),
  });
  const plan: Plan = {
    format: 2,
    trafficlab: '0.0.0',
    lab: { ...lab, name: 'simulated' },
    overrides: {},
    provider: { name: 'netns', reason: 'simulated', options: {} },
    seed: 1,
    families,
    skips: [],
    estimate: { seconds: 1, pulls: [] },
  };
  const scenarios = families.flatMap((each) => each.scenarios.map((one) => ({ family: each.id, one })));
  const facts = scenarios.map(({ family: id, one: { cluster, mode } }) => {
    const backend = options.backend?.(cluster) ?? (mode === 'iptables-legacy' ? 'legacy' : 'nf_tables');
    const kubernetes = options.kubernetes?.(id, cluster);
    return [
      `${id}/${cluster}`,
      {
        provider: 'netns',
        kernel: options.kernel?.(id, cluster) ?? '6.12.1',
        iptablesBackend: backend,
        ...(kubernetes ? { kubernetes } : {}),
      },
    ] as const;
  });
  const cells = families.flatMap((each) =>
    each.order.flatMap((cellsOfBlock, block) =>
      cellsOfBlock.flatMap(({ scenario: id, series }) => {
        const one = each.scenarios.find((candidate) => candidate.id === id)!;
        const seen = window(one, block, series, each.id);
        return seen ? [cellRecord(each.id, one, block, series, seen)] : [];
      }),
    ),
  );
  return {
    directory: options.directory ?? '/results/simulated/1',
    plan,
    facts: Object.fromEntries(facts),
    machine: { cpuModel: 'simulated' },
    cells,
    proofs: scenarios.flatMap(({ family: id, one }) => proofsOf(id, one)),
    skips: [],
    phases: [],
    ends: families.map(({ id }) => ({ type: 'end', at: AT, family: id, outcome: 'complete' })),
    problems: [],
  };
}

export const failing = (name: Check['name']): Check => ({ name, ok: false, seen: `${name} seen`, remedy: `${name} remedy` });

/** Hops as an old run states them: the first is the client, the last the backend. */
export const statedHops = (...texts: readonly string[]): Hop[] =>
  texts.map((text, index) => {
    const [, program, rest] = /^\[(.+?)\] (.*)$/s.exec(text) ?? [];
    const part = index === 0 ? 'client' : index === texts.length - 1 ? 'backend' : program === undefined ? 'kernel' : 'process';
    return { kind: 'stated', part, text: rest ?? text, ...(program === undefined ? {} : { program }) };
  });

function proofsOf(id: string, { cluster, id: scenarioId, topology }: Scenario): ProofRecord[] {
  const proof = { type: 'proof' as const, at: AT, family: id, cluster, proven: true, evidence: [], problems: [], unobserved: [] };
  return [
    { ...proof, subject: 'mode' },
    ...(topology.entry === 'pod' ? [] : [{ ...proof, subject: 'rules' as const }]),
    { ...proof, subject: 'path', scenario: scenarioId, hops: statedHops('client', topology.entry, 'echo') },
  ];
}

function cellRecord(familyId: string, one: Scenario, block: number, series: SeriesName, seen: Window): CellRecord {
  const { rate = 10_000, medianUs, ...rest } = seen;
  const { histogram, latencyUs } = medianUs === undefined ? fixedLatencies() : latencies(medianUs);
  return {
    type: 'cell',
    at: AT,
    family: familyId,
    cluster: one.cluster,
    block,
    scenario: one.id,
    series,
    url: 'http://10.0.0.1/',
    connections: 1,
    durationMs: 400,
    requests: Math.round(rate * 0.4),
    ratePerSecond: rate,
    latencyUs,
    histogram,
    statusCounts: { 200: Math.round(rate * 0.4) },
    errors: {},
    timeouts: 0,
    checks: [],
    ...rest,
  };
}

/** 101 values spread evenly over 20 % to either side of a median. */
function latencies(medianUs: number) {
  const histogram = createHistogram();
  for (let step = -50; step <= 50; step++) record(histogram, medianUs * (1 + step / 250));
  return { histogram: encode(histogram), latencyUs: summarise(histogram) };
}

let cached: ReturnType<typeof latencies> | undefined;
function fixedLatencies() {
  cached ??= latencies(100);
  return cached;
}
