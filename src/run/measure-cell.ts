import type { Target } from '../cluster/deployment.ts';
import type { Cluster } from '../cluster/provider.ts';
import type { Lab } from '../lab/schema.ts';
import type { LoadSession } from '../load/session.ts';
import { measureFirstPackets } from '../probe/first-packet.ts';
import { type Measured, measureLoad } from '../probe/load.ts';
import type { CellRecord, SeriesName } from '../results/schema.ts';

const NS_PER_MS = 1e6;

/** Measures one window of one cell, and the CPU that each carrier of the cluster used in its `loadMs`. */
export async function measureCell(
  lab: Lab,
  target: Target,
  series: SeriesName,
  session: LoadSession,
  cluster: Cluster,
): Promise<Measured & Pick<CellRecord, 'carriersCpuMs'>> {
  const before = await carriersCpu(cluster);
  const measured = await observe(lab, target, series, session);
  const after = await carriersCpu(cluster);
  if (!after.size) return measured;
  const used = [...after].map(([name, ns]) => [name, Number(ns - (before.get(name) ?? ns)) / NS_PER_MS] as const);
  return { ...measured, carriersCpuMs: Object.fromEntries(used) };
}

function observe({ load }: Lab, target: Target, series: SeriesName, session: LoadSession): Promise<Measured> {
  const timeoutMs = load.timeout * 1000;
  if (series === 'first-packet') return measureFirstPackets(session, target, { count: load.firstPackets, timeoutMs });
  const { connections, maxRequests } = load;
  return measureLoad(session, target, series, {
    connections,
    maxRequests,
    timeoutMs,
    warmupMs: load.warmup * 1000,
    durationMs: load.duration * 1000,
  });
}

async function carriersCpu(cluster: Cluster): Promise<Map<string, bigint>> {
  const carriers = await cluster.carriers();
  return new Map(
    await Promise.all(carriers.map(async ({ name, node, cpuNs }) => [`${name} on ${node}`, await cpuNs()] as const)),
  );
}
