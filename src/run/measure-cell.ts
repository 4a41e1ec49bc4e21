import type { Target } from '../cluster/contract/deployment.ts';
import type { Cluster } from '../cluster/contract/provider.ts';
import type { Lab } from '../lab/schema.ts';
import type { SeriesName } from '../lab/series.ts';
import type { LoadSession } from '../load/session.ts';
import { measureFirstPackets } from '../probe/first-packet.ts';
import { type Measured, measureLoad } from '../probe/load.ts';
import type { CarrierOf, CellRecord } from '../results/schema.ts';
import type { FamilyRun } from './family-run.ts';

const NS_PER_MS = 1e6;

/** Measures one window of one cell, and the CPU that each carrier of the cluster used in its `loadMs`. */
export async function measureCell(
  { plan, sessions: pool }: FamilyRun,
  target: Target,
  series: SeriesName,
  cluster: Cluster,
): Promise<Measured & Pick<CellRecord, 'carriersCpuMs' | 'carriers'>> {
  const sessions = await Promise.all(target.from.map(pool.get));
  const before = await carriersCpu(cluster);
  const measured = await observe(plan.lab, target, series, sessions);
  const after = await carriersCpu(cluster);
  if (!after.size) return measured;
  const used = [...after].map(([name, { ns }]) => [name, Number(ns - (before.get(name)?.ns ?? ns)) / NS_PER_MS] as const);
  return {
    ...measured,
    carriersCpuMs: Object.fromEntries(used),
    carriers: Object.fromEntries([...after].map(([name, { is }]) => [name, is])),
  };
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

async function carriersCpu(cluster: Cluster): Promise<Map<string, { readonly ns: bigint; readonly is: CarrierOf }>> {
  const carriers = await cluster.carriers();
  return new Map(
    await Promise.all(
      carriers.map(
        async ({ name, node, program, runs, cpuNs }) =>
          [`${name} on ${node}`, { ns: await cpuNs(), is: { program, node, runs } }] as const,
      ),
    ),
  );
}
