import type { ClusterSpec, ProviderName, Topology, Vantage } from '../cluster/provider.ts';
import type { SeriesName } from '../results/schema.ts';
import type { Lab, LabMode } from './schema.ts';

/** What will run, in which order, and what will not and why; plain data, written to plan.json before anything is created. */
export interface Plan {
  readonly format: 1;
  readonly trafficlab: string;
  readonly lab: Lab;
  /** What the command line changed of the lab, by option. */
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly provider: { readonly name: ProviderName; readonly reason: string };
  readonly seed: number;
  readonly families: readonly PlannedFamily[];
  readonly skips: readonly PlannedSkip[];
  readonly estimate: { readonly seconds: number; readonly memoryMiB?: number; readonly pulls: readonly string[] };
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

export interface PlannedSkip {
  readonly what: string;
  readonly reason: string;
  readonly remedy: string;
}
