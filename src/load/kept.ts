import type { EventEmitter } from 'node:events';
import autocannon from 'autocannon';
import { type Client, makeConforming, reset } from './kept-client.ts';
import type { LoadJob } from './messages.ts';
import type { Sender, SenderContext } from './sender.ts';

/** autocannon looks at this interval whether it is to end; one tick costs microseconds. */
const TICK_MS = 10;
/** autocannon ends by itself so long after our own end should have come. */
const SLACK_S = 10;

/**
 * Drives autocannon over connections that stay, closed loop, and reports every response in microseconds: its own histogram has whole
 * milliseconds (docs/method.md).
 */
export function keptConnections({ job, window }: SenderContext): Sender {
  const reconnects = { asked: 0, idle: 0 };
  const warm = new Set<Client>();
  const clients: Client[] = [];
  const { connections } = job.arrival.closed;
  let running = connections;
  let used = 0;
  let ended: () => void = () => {};

  /** A connection that fails in the warm-up is to be seen failing in the window. */
  function fail(code: string | undefined): void {
    if (window.phase === 'warm-up') window.warm();
    else window.failed(code);
  }

  function adopt(client: Client): void {
    clients.push(client);
    client.timeout = job.timeoutMs; // the option of the same name takes whole seconds
    makeConforming(client, {
      opens: () => {
        used++;
      },
      fails: fail,
      reconnects: (reason) => {
        if (window.phase === 'window') reconnects[reason]++;
      },
      isEnding: () => window.phase === 'drain',
    });
    client.on('done', () => {
      if (client.conn) reset(client.conn);
      if (--running === 0) setImmediate(ended); // autocannon reports a time-out after it has ended its client
    });
  }

  function follow(events: EventEmitter): void {
    events.on('response', (client: Client, status: number, _bytes: number, milliseconds: number) => {
      if (window.phase === 'warm-up') {
        warm.add(client);
        // Every connection has answered once, so no connect falls into the window.
        if (warm.size >= connections) window.warm();
      } else window.answered(milliseconds * 1000, status);
    });
    events.on('reqError', (error: NodeJS.ErrnoException) => fail(error.code));
  }

  return {
    send: async () => {
      const allEnded = new Promise<void>((resolve) => {
        ended = resolve;
      });
      const duration = Math.ceil((job.warmupMs + job.durationMs + 2 * job.timeoutMs) / 1000) + SLACK_S;
      const runs = shares(job).map((share) => autocannon({ ...quiet, ...share, duration, setupClient: adopt } as never));
      for (const run of runs) follow(run as unknown as EventEmitter);
      const allRuns = Promise.all(runs);
      allRuns.catch(() => {}); // the race reports it, or it no longer matters
      // autocannon itself sees at its next tick that its clients have ended; nothing of it is left then, and there is no need to wait for that.
      await Promise.race([allEnded, allRuns]);
    },
    windowBegins: () => {},
    windowEnds: () => {
      // autocannon ends a client that has made this many requests when it is about to make the next.
      for (const client of clients) client.responseMax = 1;
    },
    stop: () => {
      for (const client of clients) client.destroy();
    },
    used: () => used,
    counts: () => ({ reconnects }),
  };
}

/** How many connections go to each address: from a random one on, in turn, so that over many windows each has its share. */
function shares({ target, arrival }: LoadJob): { url: string; connections: number }[] {
  const urls = [target.url, ...(target.alternates ?? [])];
  const first = Math.floor(Math.random() * urls.length);
  const counts = urls.map((_, index) =>
    Math.floor((arrival.closed.connections + urls.length - 1 - ((index - first + urls.length) % urls.length)) / urls.length),
  );
  return urls.flatMap((url, index) => (counts[index] ? [{ url, connections: counts[index] }] : []));
}

/** autocannon's own statistics cost and are not used. */
const silent = { __custom: true, recordValue() {}, reset() {}, destroy() {} };
const quiet = {
  sampleInt: TICK_MS,
  skipAggregateResult: true,
  histograms: { latencies: silent, requests: silent, throughput: silent },
};
