import type { EventEmitter } from 'node:events';
import autocannon from 'autocannon';
import { createHistogram, encode, record } from '../stats/histogram.ts';
import { type Client, makeConforming, reset } from './kept-client.ts';
import { portBudget, timeWaitSockets } from './ports.ts';
import type { LoadAnswer, LoadJob } from './protocol.ts';
import { count, createStatuses, describeErrors } from './tally.ts';
import { openWindow, type WindowCost } from './window.ts';

/** autocannon looks at this interval whether it is to end; one tick costs microseconds. */
const TICK_MS = 10;
/** autocannon ends by itself so long after our own end should have come. */
const SLACK_S = 10;

/**
 * Drives autocannon over connections that stay, closed loop, and records every response in microseconds: its own histogram holds whole
 * milliseconds (measurement.md, 1). Warm-up and window share the connections. A response counts for the window in which it came;
 * requests still out at the end of the window are waited for, so that a stall ends as a time-out and not as silence.
 */
export async function runKeepAlive(job: LoadJob, signal: AbortSignal): Promise<LoadAnswer> {
  const ports = portBudget();
  const latencies = createHistogram();
  const statuses = createStatuses();
  const errors: Record<string, number> = {};
  const reconnects = { asked: 0, idle: 0 };
  const warm = new Set<Client>();
  const clients: Client[] = [];
  let phase: 'warm-up' | 'window' | 'drain' = 'warm-up';
  let connects = 0;
  let answered = 0;
  let failed = 0;
  let timeouts = 0;
  let warmUpIsOver = false;
  let warmUpFailed = false;
  let closeWindow: (() => WindowCost) | undefined;
  let cost: WindowCost | undefined;
  let ended: () => void = () => {};
  const allEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });

  /** Every connection has answered once, so no connect falls into the window; or one fails, and is to be seen failing. */
  function beginWindowWhenWarm(): void {
    if (warmUpIsOver && (warmUpFailed || warm.size >= job.connections)) beginWindow();
  }

  function beginWindow(): void {
    if (phase !== 'warm-up') return;
    phase = 'window';
    closeWindow = openWindow();
    windowTimer = setTimeout(endWindow, job.durationMs);
  }

  function endWindow(): void {
    if (phase === 'drain') return;
    cost = closeWindow?.();
    phase = 'drain';
    clearTimeout(windowTimer);
    // autocannon ends a client that has made this many requests when it is about to make the next.
    for (const client of clients) client.responseMax = 1;
  }

  function fail(code: string | undefined): void {
    if (phase === 'warm-up') {
      warmUpFailed = true;
      beginWindowWhenWarm();
      return;
    }
    if (code === undefined) timeouts++;
    else count(errors, code);
    if (answered + ++failed >= job.maxRequests) endWindow();
  }

  function adopt(client: Client): void {
    clients.push(client);
    client.timeout = job.timeoutMs; // the option of the same name takes whole seconds
    makeConforming(client, {
      opens: () => {
        connects++;
      },
      fails: fail,
      reconnects: (reason) => {
        if (phase === 'window') reconnects[reason]++;
      },
      isEnding: () => phase === 'drain',
    });
    client.on('done', () => {
      if (client.conn) reset(client.conn);
      if (--running === 0) setImmediate(ended); // autocannon tells of a time-out after it has ended its client
    });
  }

  let running = job.connections;
  let windowTimer: NodeJS.Timeout | undefined;
  const boundS = Math.ceil((job.warmupMs + job.durationMs + 2 * job.timeoutMs) / 1000) + SLACK_S;
  const runs = shares(job).map(({ url, connections }) =>
    autocannon({ ...quiet, url, connections, duration: boundS, setupClient: adopt } as never),
  );
  for (const run of runs) follow(run as unknown as EventEmitter);

  function follow(events: EventEmitter): void {
    events.on('response', (client: Client, status: number, _bytes: number, milliseconds: number) => {
      if (phase === 'window') {
        record(latencies, milliseconds * 1000);
        statuses.add(status);
        if (++answered + failed >= job.maxRequests) endWindow();
      } else if (phase === 'warm-up') {
        warm.add(client);
        beginWindowWhenWarm();
      }
    });
    events.on('reqError', (error: NodeJS.ErrnoException) => fail(error.code));
  }

  const warmUpTimer = setTimeout(() => {
    warmUpIsOver = true;
    beginWindowWhenWarm();
  }, job.warmupMs);
  const stop = () => {
    endWindow();
    for (const client of clients) client.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });

  try {
    const allRuns = Promise.all(runs);
    allRuns.catch(() => {}); // told by the race, or no longer of interest
    // autocannon itself sees at its next tick that its clients have ended; nothing of it is left then, and nobody need wait for that.
    await Promise.race([allEnded, allRuns]);
  } finally {
    signal.removeEventListener('abort', stop);
    for (const timer of [warmUpTimer, windowTimer]) clearTimeout(timer);
  }
  if (!cost) throw new Error(`the window never began: ${describeErrors(errors, timeouts)}`);
  return {
    id: job.id,
    kind: job.kind,
    ...cost,
    requests: latencies.totalCount,
    histogram: encode(latencies),
    statusCounts: statuses.counts(),
    errors,
    timeouts,
    reconnects,
    ports: { ...ports, timeWaitAfter: timeWaitSockets(), used: connects },
  };
}

/** How many connections go to each address: from a random one on, in turn, so that over many windows each has its share. */
function shares({ url, alternates = [], connections }: LoadJob): { url: string; connections: number }[] {
  const urls = [url, ...alternates];
  const first = Math.floor(Math.random() * urls.length);
  const counts = urls.map((_, index) =>
    Math.floor((connections + urls.length - 1 - ((index - first + urls.length) % urls.length)) / urls.length),
  );
  return urls.flatMap((one, index) => (counts[index] ? [{ url: one, connections: counts[index] }] : []));
}

/** autocannon's own statistics cost and are not used. */
const silent = { __custom: true, recordValue() {}, reset() {}, destroy() {} };
const quiet = {
  sampleInt: TICK_MS,
  skipAggregateResult: true,
  histograms: { latencies: silent, requests: silent, throughput: silent },
};
