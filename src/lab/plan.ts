import type { Vantage } from '../cluster/contract/host.ts';
import type { Obstacle } from '../cluster/contract/obstacle.ts';
import type { ClusterSpec, Limits, ProviderName } from '../cluster/contract/provider.ts';
import { announcementsOf, type Topology } from '../cluster/contract/topology.ts';
import type { SeriesName } from '../results/schema.ts';
import { estimateOf } from './estimate.ts';
import { type FamilyLayout, layOut, proxyModeOf } from './layout.ts';
import { linkOf } from './link.ts';
import { seededRandom, shuffledBlocks } from './order.ts';
import type { Lab, LabMode } from './schema.ts';
import type { Skip } from './skip.ts';

export interface PlanInput {
  /** The user's own lab file, as it was named; absent: a lab that comes with trafficlab. */
  readonly file?: string;
  readonly provider: Plan['provider'];
  readonly limits: Limits;
  readonly overrides: Plan['overrides'];
  /** Of the order of cells; the caller draws one where the lab has none. */
  readonly seed: number;
  /** Version of trafficlab. */
  readonly version: string;
}

/**
 * Plans a lab on a provider: its matrix in families, each block's order, and what is skipped and why. Where `runnable` has an obstacle
 * nothing of it can be compared.
 */
export function makePlan(lab: Lab, input: PlanInput): Plan {
  const { file, provider, limits, overrides, seed, version } = input;
  const layout = layOut(lab, limits);
  const random = seededRandom(seed);
  const families = layout.families.map((family) => ({
    id: family.family.id,
    title: family.family.title,
    clusters: clustersOf(lab, provider.name, limits, family),
    scenarios: family.scenarios,
    order: shuffledBlocks(family.cells, lab.blocks, random),
  }));
  const estimate = estimateOf(lab, limits, families);
  return {
    format: 2,
    trafficlab: version,
    lab,
    ...(file === undefined ? {} : { file }),
    overrides,
    provider,
    seed,
    families,
    skips: layout.skips,
    estimate,
  };
}

/** One cluster for each that the scenarios name, in their order. */
function clustersOf(lab: Lab, provider: ProviderName, limits: Limits, { family, scenarios }: FamilyLayout): ClusterSpec[] {
  const link = linkOf(lab, limits);
  const announced = announcementsOf(scenarios.map(({ topology }) => topology));
  const firsts = new Map(scenarios.toReversed().map((scenario) => [scenario.cluster, scenario]));
  return [...firsts.values()].toReversed().map(({ cluster, mode, services }) => ({
    id: cluster,
    provider,
    workers: lab.cluster.workers,
    proxyMode: proxyModeOf(mode),
    ...(mode === 'iptables-legacy' ? { iptablesBackend: 'legacy' as const } : {}),
    ...(mode === 'iptables-nft' ? { iptablesBackend: 'nf_tables' as const } : {}),
    ...(family.version === undefined ? {} : { version: family.version }),
    ...(services === undefined ? {} : { fillerServices: services - 1 }), // the workload's own Service is one of them
    ...(link ? { link } : {}),
    ...(lab.cluster.addressPool === undefined ? {} : { addressPool: lab.cluster.addressPool }),
    ...(lab.cluster.routerNetwork === undefined ? {} : { routerNetwork: lab.cluster.routerNetwork }),
    ...(lab.cluster.bgpPool === undefined ? {} : { bgpPool: lab.cluster.bgpPool }),
    ...(announced.length ? { announcements: announced } : {}),
  }));
}

/** What will run, in which order, and what will not and why; plain data, written to plan.json before anything is created. */
export interface Plan {
  readonly format: 2;
  readonly trafficlab: string;
  readonly lab: Lab;
  /** The user's own lab file, as it was named; absent: a lab that comes with trafficlab. */
  readonly file?: string;
  /** What the command line changed of the lab, by option. */
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly provider: { readonly name: ProviderName; readonly chosen: ProviderChoice };
  readonly seed: number;
  readonly families: readonly PlannedFamily[];
  readonly skips: readonly Skip[];
  /** Rough: seconds in all, memory at the fullest moment. */
  readonly estimate: {
    readonly seconds: number;
    readonly memoryMiB?: number;
    readonly memoryAvailableMiB?: number;
    readonly pulls: readonly string[];
  };
}

/** Scenarios that may be compared: one kernel, one Kubernetes version. */
export interface PlannedFamily {
  readonly id: string;
  readonly title: string;
  readonly clusters: readonly ClusterSpec[];
  readonly scenarios: readonly Scenario[];
  /** For each block the cells in the order in which they run. */
  readonly order: readonly (readonly Cell[])[];
}

/** One combination of the matrix; a cell is a scenario and a series. */
export interface Scenario {
  /** Unique in its family, as in "ipvs/cluster-ip/pod" or "iptables-nft/10000/last/cluster-ip/pod". */
  readonly id: string;
  readonly cluster: string;
  readonly mode: LabMode;
  readonly topology: Topology;
  readonly vantage: Vantage;
  readonly services?: number;
  readonly position?: 'first' | 'middle' | 'last';
}

export interface Cell {
  readonly scenario: string;
  readonly series: SeriesName;
}

/** Why a run's clusters come from its provider. */
export type ProviderChoice =
  | { readonly code: 'asked' | 'lab' }
  /** The first that can run the lab; those before it cannot. */
  | { readonly code: 'first'; readonly refused: readonly { readonly name: string; readonly because: Obstacle }[] }
  /** As a version before 0.2 put it. */
  | { readonly code: 'stated'; readonly text: string };
