import type { CarrierSnapshot } from '../cluster/contract/carriers.ts';
import type { Target } from '../cluster/contract/deployment.ts';
import type { Cluster } from '../cluster/contract/provider.ts';
import type { Lab } from '../lab/schema.ts';
import type { SeriesName } from '../lab/series.ts';
import type { LoadSession } from '../load/session.ts';
import { measureFirstPackets } from '../probe/first-packet.ts';
import { type Measured, measureLoad } from '../probe/measure-load.ts';
import type { CarrierUse, CellRecord } from '../results/schema.ts';
import type { FamilyRun } from './family-run.ts';

/** Measures one window of one cell, and the CPU that each carrier of the cluster used in its `loadMs`. */
export async function measureCell(
  { plan, sessions: pool }: FamilyRun,
  target: Target,
  series: SeriesName,
  cluster: Cluster,
): Promise<Measured & Pick<CellRecord, 'carriers' | 'carriersUnknown'>> {
  const sessions = await Promise.all(target.from.map(pool.get));
  const before = await cluster.carriers();
  const measured = await observe(plan.lab, target, series, sessions);
  const after = await cluster.carriers();
  return { ...measured, ...carriersBetween(before, after) };
}

function observe({ load }: Lab, target: Target, series: SeriesName, sessions: readonly LoadSession[]): Promise<Measured> {
  const timeoutMs = load.timeout * 1000;
  if (series === 'first-packet') return measureFirstPackets(sessions[0]!, target, { count: load.firstPackets, timeoutMs });
  const { connections, maxRequests } = load;
  return measureLoad(sessions, target, series, {
    connections,
    maxRequests,
    timeoutMs,
    warmupMs: load.warmup * 1000,
    durationMs: load.duration * 1000,
  });
}

/** What each component used between two looks; what could not be read in either of them is not known. */
function carriersBetween(before: CarrierSnapshot, after: CarrierSnapshot): Pick<CellRecord, 'carriers' | 'carriersUnknown'> {
  const unknown = [...new Map([...before.unknown, ...after.unknown].map((one) => [one.node, one])).values()];
  const used = after.samples
    .filter(({ node }) => unknown.every((one) => one.node !== node))
    .map(({ cpuNs, ...carrier }): CarrierUse => {
      const earlier = before.samples.find((one) => isSame(one, carrier));
      return { ...carrier, cpuNs: Number(cpuNs - (earlier?.cpuNs ?? cpuNs)) };
    });
  return {
    ...(used.length > 0 ? { carriers: used } : {}),
    ...(unknown.length > 0 ? { carriersUnknown: unknown } : {}),
  };
}

const isSame = (one: Omit<CarrierUse, 'cpuNs'>, other: Omit<CarrierUse, 'cpuNs'>): boolean =>
  one.component === other.component && one.node === other.node && one.kind === other.kind;
