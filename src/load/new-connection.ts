import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { performance } from 'node:perf_hooks';
import { createHistogram, encode, record } from '../stats/histogram.ts';
import { requestLine } from './address.ts';
import { portBudget, portsInTurn, timeWaitSockets } from './ports.ts';
import type { LoadAnswer, LoadJob } from './protocol.ts';
import { createResponseReader } from './response.ts';
import { count, createStatuses, describeErrors } from './tally.ts';
import { openWindow, type WindowCost } from './window.ts';

/** A warm-up may use this part of the ports, so that it never starves its window. */
const WARM_UP_PORTS = 1 / 4;
const READ_BUFFER_BYTES = 16 * 1024;
/** How often in a time-out it is looked for requests that ran out of time. */
const LOOKS = 10;
/** The next port is somebody else's; the one after it will do. */
const OCCUPIED = new Set(['EADDRINUSE', 'EADDRNOTAVAIL']);

/**
 * A new connection for each request, closed loop: connect, one GET, the whole response, then a reset, so that neither side keeps a TIME_WAIT.
 * Recorded is the time from connect to the last byte, and connect alone beside it. autocannon cannot do this: its reconnectRate of 1
 * counts nothing, and "Connection: close" corrupts its pairing (measurement.md, 1). The rules of the window are those of `runKeepAlive`.
 * @param nextPort where each connection comes from; what runs many jobs gives all of them the same.
 */
export async function runNewConnection(
  job: LoadJob,
  signal: AbortSignal,
  nextPort: () => number = portsInTurn(),
): Promise<LoadAnswer> {
  const lines = await Promise.all([job.url, ...(job.alternates ?? [])].map(requestLine));
  const ports = portBudget();
  const latencies = createHistogram();
  const connects = createHistogram();
  const statuses = createStatuses();
  const errors: Record<string, number> = {};
  let phase: 'warm-up' | 'window' | 'drain' = 'warm-up';
  let used = 0;
  let occupied = 0;
  let answered = 0;
  let failed = 0;
  let timeouts = 0;
  let running = job.connections;
  let closeWindow: (() => WindowCost) | undefined;
  let cost: WindowCost | undefined;
  let windowTimer: NodeJS.Timeout | undefined;
  let ended: () => void = () => {};
  const allEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });

  function beginWindow(): void {
    if (phase !== 'warm-up') return;
    phase = 'window';
    closeWindow = openWindow();
    windowTimer = setTimeout(endWindow, job.durationMs);
    for (const lane of lanes) if (lane.idle) lane.proceed();
  }

  function endWindow(): void {
    if (phase === 'drain') return;
    cost = closeWindow?.();
    phase = 'drain';
    clearTimeout(windowTimer);
  }

  function fail(code: string | undefined): void {
    if (phase === 'warm-up') return;
    if (code === undefined) timeouts++;
    else count(errors, code);
    failed++;
  }

  const mayOpen = () =>
    phase === 'warm-up'
      ? used + occupied < ports.budget * WARM_UP_PORTS
      : phase === 'window' && used + occupied < ports.budget && answered + failed < job.maxRequests;

  /** One of the connections that the job asks for at a time; it lives through many. */
  function createLane() {
    const response = createResponseReader();
    let socket: Socket | undefined;
    let startedAt = 0;
    let connectedAt = 0;
    const onread = {
      buffer: Buffer.allocUnsafe(READ_BUFFER_BYTES),
      callback: (bytes: number, buffer: Uint8Array) => {
        if (response.push(buffer, bytes)) settle();
        return true;
      },
    };
    const options: TcpNetConnectOpts[] = lines.map(({ host, port }) => ({ host, port, onread }));
    let line = 0;

    function open(): void {
      used++;
      response.reset();
      line = Math.floor(Math.random() * lines.length);
      startedAt = performance.now();
      socket = connect({ ...options[line]!, localPort: nextPort() });
      socket.on('connect', onConnect);
      socket.on('end', onEnd);
      socket.on('error', onError);
    }

    function onConnect(this: Socket): void {
      connectedAt = performance.now();
      this.write(lines[line]!.request);
    }

    function onEnd(this: Socket): void {
      if (this !== socket) return;
      response.end();
      settle();
    }

    function onError(this: Socket, error: NodeJS.ErrnoException): void {
      if (this !== socket) return;
      if (OCCUPIED.has(error.code ?? '')) {
        used--;
        occupied++;
      } else fail(error.code ?? error.message);
      next();
    }

    function settle(): void {
      if (socket === undefined) return;
      if (response.complete && phase === 'window') {
        record(latencies, (performance.now() - startedAt) * 1000);
        record(connects, (connectedAt - startedAt) * 1000);
        statuses.add(response.status);
        answered++;
      }
      if (response.fault) fail(response.fault);
      next();
    }

    function next(): void {
      const old = socket;
      socket = undefined;
      if (old?.readyState === 'open') old.resetAndDestroy();
      else old?.destroy();
      proceed();
    }

    function proceed(): void {
      lane.idle = !mayOpen();
      if (!lane.idle) {
        open();
      } else if (phase !== 'warm-up') {
        endWindow();
        if (--running === 0) ended();
      } // else it is out of the warm-up's share of the ports, and waits for the window
    }

    const lane = {
      idle: true,
      proceed,
      giveUpBefore(time: number): void {
        if (socket === undefined || startedAt >= time) return;
        fail(undefined);
        next();
      },
    };
    return lane;
  }

  const lanes = Array.from({ length: job.connections }, createLane);
  const warmUpTimer = setTimeout(beginWindow, job.warmupMs);
  const lookTimer = setInterval(
    () => {
      const time = performance.now() - job.timeoutMs;
      for (const lane of lanes) lane.giveUpBefore(time);
    },
    Math.max(1, job.timeoutMs / LOOKS),
  );
  const stop = () => {
    endWindow();
    for (const lane of lanes) lane.giveUpBefore(Number.POSITIVE_INFINITY);
    ended();
  };
  signal.addEventListener('abort', stop, { once: true });

  try {
    if (job.warmupMs === 0) beginWindow();
    else for (const lane of lanes) lane.proceed();
    await allEnded;
  } finally {
    signal.removeEventListener('abort', stop);
    clearInterval(lookTimer);
    clearTimeout(warmUpTimer);
    clearTimeout(windowTimer);
  }
  if (!cost) throw new Error(`the window never began: ${describeErrors(errors, timeouts)}`);
  return {
    id: job.id,
    kind: job.kind,
    ...cost,
    requests: latencies.totalCount,
    histogram: encode(latencies),
    connectHistogram: encode(connects),
    statusCounts: statuses.counts(),
    errors,
    timeouts,
    // Where what is occupied is what was missing, there were none left.
    ports: { ...ports, timeWaitAfter: timeWaitSockets(), used: used + occupied < ports.budget ? used : ports.budget },
  };
}
