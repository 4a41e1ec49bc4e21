import { performance } from 'node:perf_hooks';
import { createHistogram, encode, record } from '../stats/histogram.ts';
import type { LoadAnswer, LoadJob, Slice } from './protocol.ts';
import { cutSlices, type SliceCutter, sumOf } from './slices.ts';
import { createStatuses } from './tally.ts';
import { countUsage, type Usage } from './usage.ts';

/** What a window came to. */
export type Measured = Pick<
  LoadAnswer,
  'durationMs' | 'requests' | 'histogram' | 'statusCounts' | 'errors' | 'timeouts' | 'generator' | 'retransmits'
>;

/** A job's warm-up, its window, and the drain in which nothing new is sent: the account of all that a generator sends. */
export interface Window {
  readonly phase: 'warm-up' | 'window' | 'drain';
  /** The connections are warm. The window begins when its warm-up has had its time too. */
  warm(): void;
  /** A whole response; it counts for the window in which it came. */
  answered(latencyUs: number, status: number): void;
  /** A request was lost; those of the warm-up do not count, those of the drain do. @param code undefined: a time-out. */
  failed(code: string | undefined): void;
  end(): void;
  /** Once nothing is out any more. @throws Error where the window never began. */
  close(): Measured;
}

export interface WindowEvents {
  begins(): void;
  ends(): void;
  /** A slice has ended, the last one when the window is closed. */
  slice(slice: Slice): void;
}

/** Opens the warm-up of a job. Its window ends after its time, or with its last request. */
export function openWindow(job: LoadJob, events: WindowEvents): Window {
  const latencies = createHistogram();
  const statuses = createStatuses();
  const slices: Slice[] = [];
  let phase: Window['phase'] = 'warm-up';
  let left = job.maxRequests;
  let isWarm = false;
  let warmedUp = job.warmupMs === 0;
  let slicing: SliceCutter | undefined;
  let used: ((durationMs: number) => Usage) | undefined;
  let usage: Usage | undefined;
  let beganAt = 0;
  let durationMs = 0;
  let sliceTimer: NodeJS.Timeout | undefined;
  let endTimer: NodeJS.Timeout | undefined;
  const warmUpTimer = setTimeout(() => {
    warmedUp = true;
    beginWhenWarm();
  }, job.warmupMs);

  function beginWhenWarm(): void {
    if (phase !== 'warm-up' || !isWarm || !warmedUp) return;
    phase = 'window';
    used = countUsage();
    beganAt = performance.now();
    slicing = cutSlices(job, () => performance.now(), keep);
    endTimer = setTimeout(end, job.durationMs);
    cutWhenDue();
    events.begins();
  }

  function keep(slice: Slice): void {
    slices.push(slice);
    events.slice(slice);
  }

  function cutWhenDue(): void {
    const untilNext = slicing?.untilNext();
    if (untilNext === undefined) return;
    sliceTimer = setTimeout(() => {
      slicing?.cut();
      cutWhenDue();
    }, untilNext);
  }

  function end(): void {
    if (phase === 'drain') return;
    slicing?.end();
    durationMs = performance.now() - beganAt;
    usage = used?.(durationMs);
    phase = 'drain';
    for (const timer of [warmUpTimer, sliceTimer, endTimer]) clearTimeout(timer);
    events.ends();
  }

  return {
    get phase() {
      return phase;
    },
    warm: () => {
      isWarm = true;
      beginWhenWarm();
    },
    answered: (latencyUs, status) => {
      if (phase !== 'window') return;
      record(latencies, latencyUs);
      statuses.add(status);
      slicing?.answered();
      if (--left <= 0) end();
    },
    failed: (code) => {
      if (phase === 'warm-up') return;
      slicing?.failed(code);
      if (--left <= 0) end();
    },
    end,
    close: () => {
      end();
      slicing?.close();
      if (!usage) throw new Error('the window never began');
      return { ...sumOf(slices), ...usage, histogram: encode(latencies), statusCounts: statuses.counts() };
    },
  };
}
