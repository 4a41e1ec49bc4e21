import type { Target } from '../cluster/contract/deployment.ts';
import { type LoadSeries, seriesTable } from '../lab/series.ts';
import type { JobRequest } from '../load/conversation.ts';
import type { LoadJob, Slice } from '../load/messages.ts';
import type { LoadSession } from '../load/session.ts';
import type { CellRecord } from '../results/schema.ts';
import { summarise } from '../stats/histogram.ts';
import { allOf } from '../waiting/in-parallel.ts';
import { windowOf } from './load-window.ts';
import { checkLoad } from './validity.ts';

/** One window as the results keep it; the runner adds where and when it belongs. */
export type Measured = Omit<
  CellRecord,
  'type' | 'at' | 'family' | 'cluster' | 'block' | 'scenario' | 'carriers' | 'carriersUnknown'
>;

export interface LoadSettings extends Pick<LoadJob, 'warmupMs' | 'durationMs' | 'maxRequests' | 'timeoutMs'> {
  /** Of each generator. */
  readonly connections: number;
}

const SLICE_MS = 100;
/** A record is one line, and stays one that can be read. */
const MOST_SLICES = 1000;

/** Offers closed-loop load to a target from all of its sessions at the same time: one warm-up and one window. Errors as `LoadSession.run`. */
export async function measureLoad(
  sessions: readonly LoadSession[],
  target: Pick<Target, 'url' | 'alternates'>,
  series: LoadSeries,
  settings: LoadSettings,
): Promise<Measured> {
  const request = loadRequest(target, series, settings);
  const parts = await allOf(
    sessions.map(async (session) => {
      const slices: Slice[] = [];
      const answer = await session.run(request, (more) => slices.push(...more));
      return { host: session.host.name, answer, slices };
    }),
  );
  const { latencies, ...window } = windowOf(parts);
  const { durationMs, requests } = window;
  return {
    series,
    url: target.url,
    connections: settings.connections * sessions.length,
    loadMs: settings.warmupMs + durationMs,
    ratePerSecond: (requests / durationMs) * 1000,
    latencyUs: summarise(latencies),
    ...window,
    checks: checkLoad({ ...window, latencies }, settings.durationMs),
  };
}

/** The job of a series: how connections are used, and how requests come. */
export function loadRequest(
  { url, alternates }: Pick<Target, 'url' | 'alternates'>,
  series: LoadSeries,
  { connections, ...bounds }: LoadSettings,
): Extract<JobRequest, { kind: 'load' }> {
  return {
    kind: 'load',
    arrival: { closed: { connections } },
    policy: seriesTable[series].policy,
    target: { url, ...(alternates ? { alternates } : {}) },
    sliceMs: Math.max(SLICE_MS, bounds.durationMs / MOST_SLICES),
    ...bounds,
  };
}
