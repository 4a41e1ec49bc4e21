import type { Target } from '../cluster/contract/deployment.ts';
import type { LoadJob } from '../load/protocol.ts';
import type { LoadSession } from '../load/session.ts';
import type { CellRecord } from '../results/schema.ts';
import { decode, summarise } from '../stats/histogram.ts';
import { checkLoad } from './validity.ts';

/** One window as the results keep it; the runner adds where and when it belongs. */
export type Measured = Omit<
  CellRecord,
  'type' | 'at' | 'family' | 'cluster' | 'block' | 'scenario' | 'carriers' | 'carriersUnknown'
>;

export type LoadSettings = Omit<LoadJob, 'id' | 'kind' | 'url' | 'alternates'>;

/** Offers closed-loop load to a target from where its session runs: one warm-up and one window. Errors as `LoadSession.run`. */
export async function measureLoad(
  session: LoadSession,
  { url, alternates }: Pick<Target, 'url' | 'alternates'>,
  series: LoadJob['kind'],
  settings: LoadSettings,
): Promise<Measured> {
  const answer = await session.run({ ...settings, kind: series, url, ...(alternates ? { alternates } : {}) });
  const { durationMs, requests, histogram, statusCounts, errors, timeouts, reconnects, retransmits, generator, ports } = answer;
  const latencies = decode(histogram);
  return {
    series,
    url,
    connections: settings.connections,
    durationMs,
    loadMs: settings.warmupMs + durationMs,
    requests,
    ratePerSecond: (requests / durationMs) * 1000,
    latencyUs: summarise(latencies),
    histogram,
    statusCounts,
    errors,
    timeouts,
    ...(reconnects === undefined ? {} : { reconnects }),
    ...(retransmits === undefined ? {} : { retransmits }),
    generator,
    ports,
    checks: checkLoad(answer, settings.durationMs, latencies),
  };
}
