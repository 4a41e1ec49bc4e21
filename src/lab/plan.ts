import type { Position } from '../cluster/contract/deployment.ts';
import type { Vantage } from '../cluster/contract/host.ts';
import type { GivenProviderOptions } from '../cluster/contract/options.ts';
import type { ClusterSpec } from '../cluster/contract/provider.ts';
import type { Topology } from '../cluster/contract/topology.ts';
import type { Lab, LabMode } from './schema.ts';
import type { SeriesName } from './series.ts';

/** What will run, in which order, and what will not and why; plain data, written to plan.json before anything is created. */
export interface Plan {
  readonly format: 2;
  readonly trafficlab: string;
  readonly lab: Lab;
  /** The user's own lab file, as it was named; absent: a lab that comes with trafficlab. */
  readonly file?: string;
  /** What the command line changed of the lab, by option. */
  readonly overrides: Readonly<Record<string, unknown>>;
  /** Its options are those of the command line; a plan of format 1 has recorded only images. */
  readonly provider: { readonly name: string; readonly reason: string; readonly options: GivenProviderOptions };
  /** Clusters stay after the run, and are taken from an earlier one. Absent in plans of format 1. */
  readonly keep?: boolean;
  readonly reuse?: boolean;
  readonly seed: number;
  readonly families: readonly PlannedFamily[];
  readonly skips: readonly PlannedSkip[];
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
  readonly position?: Position;
}

export interface Cell {
  readonly scenario: string;
  readonly series: SeriesName;
}

/** Something the lab asks for that will not run. Its scope is every cell that has each of the fields given; none given: no cell. */
export interface PlannedSkip {
  readonly what: string;
  readonly reason: string;
  readonly remedy: string;
  readonly mode?: LabMode;
  /** Entry and vantage, as in "node-port-local/outside". */
  readonly target?: string;
  readonly series?: SeriesName;
  readonly services?: number;
}
