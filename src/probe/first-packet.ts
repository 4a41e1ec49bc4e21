import { performance } from 'node:perf_hooks';
import type { Target } from '../cluster/contract/deployment.ts';
import { cleaningUp, TrafficlabError } from '../errors.ts';
import type { LoadSession } from '../load/session.ts';
import { createHistogram, encode, record, summarise } from '../stats/histogram.ts';
import type { Measured } from './measure-load.ts';
import { parseSocketTimes } from './socket-times.ts';
import { checkFirstPackets } from './validity.ts';

export interface FirstPacketSettings {
  /** Connections that count; one more is opened and discarded, because the first pays for ARP and cold caches. */
  readonly count: number;
  readonly timeoutMs: number;
}

const SS_TIMEOUT_MS = 10_000;
const TIMED_OUT = 'ETIMEDOUT';

/**
 * First Packet Latency: SYN to SYN-ACK as the client's kernel timed it (TCP_INFO), no load-generator time in it (docs/method.md).
 * Not defined where a process answers the SYN in the backend's place. A connection whose SYN was sent again has no sample: what the kernel
 * then shows is the millisecond clock of TCP timestamps; it is counted in `retransmits`. As in every series, `ratePerSecond` is `requests`, here
 * the samples, over the window.
 * @throws TrafficlabError when `ss` knows none of the connections.
 */
export async function measureFirstPackets(
  session: LoadSession,
  { url }: Pick<Target, 'url'>,
  { count, timeoutMs }: FirstPacketSettings,
): Promise<Measured> {
  const { hostname } = new URL(url);
  const startedAt = performance.now();
  const held = await session.run({ kind: 'hold', url, count: count + 1, timeoutMs });
  const durationMs = performance.now() - startedAt;
  const { stdout } = await cleaningUp(
    () => session.host.inNetwork(['ss', '-tinH', 'dst', hostname], { timeoutMs: SS_TIMEOUT_MS }),
    () => session.run({ kind: 'release' }),
  );

  const times = parseSocketTimes(stdout);
  const known = held.localPorts.slice(1).flatMap((port) => times.get(port) ?? []);
  if (known.length === 0 && held.localPorts.length > 1)
    throw new TrafficlabError(
      `ss on ${session.host.name} lists none of the ${held.localPorts.length} open connections to ${hostname}`,
    );
  const histogram = createHistogram();
  for (const { rttUs, retransmits } of known) if (retransmits === 0 && rttUs !== undefined) record(histogram, rttUs);

  const { [TIMED_OUT]: timeouts = 0, ...errors } = held.errors;
  const requests = histogram.totalCount;
  const retransmits = known.reduce((sum, one) => sum + one.retransmits, 0);
  const encoded = encode(histogram);
  return {
    series: 'first-packet',
    url,
    connections: 1,
    durationMs,
    loadMs: durationMs, // there is no warm-up, and `ss` sends nothing
    requests,
    ratePerSecond: (requests / durationMs) * 1000,
    latencyUs: summarise(histogram),
    histogram: encoded,
    statusCounts: {},
    errors,
    timeouts,
    retransmits,
    checks: checkFirstPackets({ errors, timeouts, retransmits, samples: requests, histogram: encoded }),
  };
}
