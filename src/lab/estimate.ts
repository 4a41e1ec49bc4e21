import type { ClusterSpec, Limits } from '../cluster/contract/provider.ts';
import { topologyKeys } from '../cluster/contract/topology.ts';
import type { Plan, PlannedFamily } from './plan.ts';
import type { Lab } from './schema.ts';

/** Seconds around a window: starting the load, reading counters, writing the record. */
const AROUND_WINDOW = 0.03;
/** Seconds to open one connection of the first-packet series and read it back, its share of `ss` included. */
const PER_FIRST_PACKET = 0.0015;
/** Seconds for a Service's rules to be written and loaded, summed over the nodes of a cluster. */
const PER_FILLER_SERVICE = 0.0005;

/** Where a provider does not say: seconds for clusters that are not built of containers. */
const QUICK = { family: 2, cluster: 0.7 } as const;

/** What a plan will take, roughly: seconds, memory at its fullest and images to pull. */
export function estimateOf(lab: Lab, limits: Limits, families: readonly PlannedFamily[]): Plan['estimate'] {
  const clusters = families.flatMap((family) => family.clusters);
  const bringUp = limits.bringUpSeconds ?? QUICK;
  const windows = families
    .flatMap((family) => family.order.flat())
    .reduce((sum, cell) => sum + windowSeconds(lab, cell.series), 0);
  const creation = clusters.reduce((sum, cluster) => sum + bringUp.cluster + serviceSeconds(cluster), 0);
  const entering = families.length * bringUp.family;
  const memory = limits.memoryMiB;
  return {
    seconds: Math.round(windows + creation + entering),
    ...(memory ? { memoryMiB: fullest(families) * memory.perNode, memoryAvailableMiB: memory.available } : {}),
    pulls: pullsOf(limits, families),
  };
}

function windowSeconds({ load }: Lab, series: string): number {
  const measured = series === 'first-packet' ? load.firstPackets * PER_FIRST_PACKET : load.warmup + load.duration;
  return AROUND_WINDOW + measured;
}

const serviceSeconds = ({ fillerServices = 0, workers }: ClusterSpec) => fillerServices * PER_FILLER_SERVICE * (workers + 1);

/** Each image once, and only those of topologies that will run. */
function pullsOf({ pulls = [], topologyPulls = {} }: Limits, families: readonly PlannedFamily[]): string[] {
  const keys = families.flatMap(({ scenarios }) => scenarios.flatMap(({ topology }) => topologyKeys(topology)));
  return [...new Set([...pulls, ...keys.flatMap((key) => topologyPulls[key] ?? [])])];
}

/** Nodes that are up at once: all clusters of a family, one family after another. */
function fullest(families: readonly PlannedFamily[]): number {
  return Math.max(0, ...families.map(({ clusters }) => clusters.reduce((sum, { workers }) => sum + workers + 1, 0)));
}
