import { median } from 'simple-statistics';
import type { Facts } from '../cluster/contract/provider.ts';
import type { PlannedFamily, Scenario } from '../lab/plan.ts';
import type { SeriesName } from '../lab/series.ts';
import type { ClientAddress, Hop, MovedObject } from '../proof/hop.ts';
import { errorsOf, factsOf, type Run } from '../results/run.ts';
import type { CarrierUse, CellRecord, UnknownCarriers } from '../results/schema.ts';
import { decode, encode, interpolatedMedian, merge, summarise } from '../stats/histogram.ts';
import { outliers } from '../stats/outliers.ts';
import { type BlockFigures, type Metric, verdictMetric } from './metric.ts';
import { modeName, placeName, tuningsDiffer } from './names.ts';
import { type FailedCheck, failedChecks, type Standing } from './standing.ts';
import { isRefuted, type UnobservedProof, type Unproven, unobservedProofs, unproven } from './unproven.ts';

/** A scenario under one series, all its blocks together. */
export interface Cell {
  readonly family: string;
  readonly scenario: Scenario;
  readonly series: SeriesName;
  /** The mode as it is shown, with the iptables backend that was observed. */
  readonly mode: string;
  /** The rest of the scenario as it is shown. */
  readonly place: string;
  readonly kernel?: string;
  readonly kubernetes?: string;
  readonly standing: Standing;
  /** What could not be looked at; then its mode, rules or path are not observed, and its figures and verdicts say so. */
  readonly unobserved: readonly UnobservedProof[];
  /** Absent where the cell is unproven or unmeasured. */
  readonly figures?: Figures;
  /** By block; empty where there are no figures. */
  readonly blocks: readonly BlockFigures[];
  readonly plannedBlocks: number;
  readonly failedChecks: readonly FailedCheck[];
  readonly outliers: readonly Outlier[];
  /** Its path as proven, and the names of its cluster's nodes. */
  readonly hops?: readonly Hop[];
  readonly nodes?: readonly string[];
  /** What the connections of that proof moved in the kernel, in order; absent where nothing counts. */
  readonly objects?: readonly MovedObject[];
  /** What the backends saw of the client. */
  readonly clientAddress?: ClientAddress;
}

/** All windows of a cell together: histograms are merged, percentiles never averaged. Latencies are microseconds. */
export interface Figures {
  readonly rate: number;
  /** The median, interpolated within its bucket; the other percentiles are whole buckets. NaN where there was no answer. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  /** Every latency: HdrHistogram V2, compressed, base64. */
  readonly histogram: string;
  readonly requests: number;
  /** Connection errors, time-outs and answers other than 2xx. */
  readonly errors: number;
  /** Connections replaced with nothing lost, by reason; absent where no window counted them. */
  readonly reconnects?: { readonly asked: number; readonly idle: number };
  /** Medians over the blocks, of the busiest generator of each, 0 to 1. */
  readonly cpuShare?: number;
  readonly eventLoopUtilization?: number;
  readonly carriers?: readonly CarrierFigure[];
  /** Nodes whose carriers could not be read in a block. */
  readonly carriersUnknown?: readonly UnknownCarriers[];
}

export interface CarrierFigure extends Omit<CarrierUse, 'cpuNs'> {
  /** CPU milliseconds per 1,000 requests of the window, median over the blocks; of the CPU of all load, the window's share. */
  readonly cpuMs: number;
}

export interface Outlier {
  readonly block: number;
  readonly metric: Metric;
  readonly figure: number;
  readonly median: number;
}

/**
 * Sums up one cell of a run. Of two records for one block the later counts.
 * @param beside runs whose cells are shown with it, so that what differs between any of them is in its name.
 */
export function cellOf(
  run: Run,
  family: PlannedFamily,
  scenario: Scenario,
  series: SeriesName,
  beside: readonly Run[] = [run],
): Cell {
  const facts = factsOf(run, family.id, scenario.cluster);
  const records = recordsOf(run, family.id, scenario.id, series);
  const lacking = unproven(run, family.id, scenario);
  const checks = failedChecks(records);
  const standing = standingOf(lacking, records, checks);
  const measured = standing.kind === 'ranked' || standing.kind === 'unranked' ? records : [];
  const histograms = measured.map(({ histogram }) => decode(histogram));
  const blocks = measured.map(({ block, ratePerSecond }, index) => ({
    block,
    rate: ratePerSecond,
    p50: interpolatedMedian(histograms[index]!),
    p99: summarise(histograms[index]!).p99,
  }));
  const path = run.proofs.findLast(
    (proof) =>
      proof.subject === 'path' &&
      !isRefuted(proof) &&
      proof.scenario === scenario.id &&
      proof.cluster === scenario.cluster &&
      (proof.family ?? family.id) === family.id,
  );
  return {
    family: family.id,
    scenario,
    series,
    mode: modeName(scenario.mode, facts),
    place: placeName(scenario, tuningsDiffer(...beside.map(({ plan }) => plan))),
    ...versions(facts),
    standing,
    unobserved: unobservedProofs(run, family.id, scenario),
    ...(measured.length > 0 ? { figures: figuresOf(measured, histograms, run.plan.lab.load.warmup * 1000) } : {}),
    blocks,
    plannedBlocks: family.order.filter((cells) => cells.some((cell) => cell.scenario === scenario.id && cell.series === series))
      .length,
    failedChecks: measured.length > 0 ? checks : [],
    outliers: outliersOf(blocks, verdictMetric(series)),
    ...(path?.hops ? { hops: path.hops } : {}),
    ...(path?.nodes ? { nodes: path.nodes } : {}),
    ...(path?.objects?.length ? { objects: path.objects } : {}),
    ...(path?.clientAddress ? { clientAddress: path.clientAddress } : {}),
  };
}

/** Every window of it that was planned is there. */
export const isWhole = ({ blocks, plannedBlocks }: Cell): boolean => blocks.length === plannedBlocks;

const versions = (facts: Facts | undefined) => ({
  ...(facts ? { kernel: facts.kernel } : {}),
  ...(facts?.kubernetes === undefined ? {} : { kubernetes: facts.kubernetes }),
});

function recordsOf(run: Run, family: string, scenario: string, series: SeriesName): CellRecord[] {
  const mine = run.cells.filter((cell) => cell.family === family && cell.scenario === scenario && cell.series === series);
  const byBlock = new Map(mine.map((cell) => [cell.block, cell]));
  return [...byBlock.values()].sort((a, b) => a.block - b.block);
}

function standingOf(lacking: readonly Unproven[], records: readonly CellRecord[], checks: readonly FailedCheck[]): Standing {
  if (lacking.length > 0) return { kind: 'unproven', unproven: lacking };
  if (records.length === 0) return { kind: 'unmeasured' };
  return { kind: checks.some(({ unranks }) => unranks) ? 'unranked' : 'ranked' };
}

function figuresOf(records: readonly CellRecord[], histograms: ReturnType<typeof decode>[], warmupMs: number): Figures {
  const carriers = carriersOf(records, warmupMs);
  const unknown = new Map(records.flatMap(({ carriersUnknown = [] }) => carriersUnknown.map((one) => [one.node, one] as const)));
  const sum = (of: (cell: CellRecord) => number) => records.reduce((total, cell) => total + of(cell), 0);
  const all = merge(histograms);
  const { p90, p99, p999 } = summarise(all);
  const requests = sum((cell) => cell.requests);
  const reconnects = records.flatMap(({ reconnects }) => reconnects ?? []);
  const generators = records.flatMap(({ generators: of }) => (of ? [busiest(of)] : []));
  return {
    rate: (requests / sum((cell) => cell.durationMs)) * 1000,
    p50: interpolatedMedian(all),
    p90,
    p99,
    p999,
    histogram: encode(all),
    requests,
    errors: sum(errorsOf),
    ...(reconnects.length > 0
      ? {
          reconnects: {
            asked: reconnects.reduce((total, { asked }) => total + asked, 0),
            idle: reconnects.reduce((total, { idle }) => total + idle, 0),
          },
        }
      : {}),
    ...(generators.length > 0
      ? {
          cpuShare: median(generators.map(({ cpuShare }) => cpuShare)),
          eventLoopUtilization: median(generators.map(({ eventLoopUtilization }) => eventLoopUtilization)),
        }
      : {}),
    ...(carriers ? { carriers } : {}),
    ...(unknown.size > 0 ? { carriersUnknown: [...unknown.values()] } : {}),
  };
}

const busiest = (generators: NonNullable<CellRecord['generators']>) => ({
  cpuShare: Math.max(...generators.map(({ cpuShare }) => cpuShare)),
  eventLoopUtilization: Math.max(...generators.map(({ eventLoopUtilization }) => eventLoopUtilization)),
});

/** Carriers are watched while all of a cell's load runs, so the share of the window is its share of that time. */
function carriersOf(records: readonly CellRecord[], warmupMs: number): CarrierFigure[] | undefined {
  const keyOf = ({ component, node, kind }: CarrierUse) => JSON.stringify([component, node, kind]);
  const carriers = new Map(records.flatMap(({ carriers = [] }) => carriers.map((one) => [keyOf(one), one] as const)));
  if (carriers.size === 0) return undefined;
  const perThousand = (record: CellRecord, key: string) => {
    const { carriers: uses = [], durationMs, requests } = record;
    const cpuMs = uses.filter((one) => keyOf(one) === key).reduce((sum, { cpuNs }) => sum + cpuNs, 0) / NS_PER_MS;
    return requests === 0 ? 0 : (cpuMs * (durationMs / loadMsOf(record, warmupMs)) * 1000) / requests;
  };
  return [...carriers].map(([key, { component, node, kind }]) => ({
    component,
    node,
    kind,
    cpuMs: median(records.map((record) => perThousand(record, key))),
  }));
}

const NS_PER_MS = 1e6;

/** Runs that did not record it had a warm-up before the window of every series but first packets. */
const loadMsOf = ({ loadMs, durationMs, series }: CellRecord, warmupMs: number): number =>
  loadMs ?? durationMs + (series === 'first-packet' ? 0 : warmupMs);

function outliersOf(blocks: readonly BlockFigures[], metric: Metric): Outlier[] {
  const figures = blocks.map((block) => block[metric]);
  return outliers(figures).map((index) => ({
    block: blocks[index]!.block,
    metric,
    figure: figures[index]!,
    median: median(figures),
  }));
}
