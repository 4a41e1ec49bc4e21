import { performance } from 'node:perf_hooks';
import { createHistogram, encode, record } from '../stats/histogram.ts';
import type { LoadAnswer, LoadJob, Slice } from './messages.ts';
import { cutSlices, type SliceCutter, sumOf } from './slices.ts';
import { createStatuses } from './tally.ts';
import { countUsage, type Usage } from './usage.ts';

/** What a window came to. */
export type WindowCounts = Pick<
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
  close(): WindowCounts;
}

export interface WindowEvents {
  begins(): void;
  ends(): void;
  /** A slice has ended, the last one when the window is closed. */
  slice(slice: Slice): void;
}

/** Opens the warm-up of a job. Its window ends after its time, or with its last request. */
export function openWindow(job: LoadJob, events: WindowEvents): Window {
  let phase: Window['phase'] = 'warm-up';
  let left = job.maxRequests;
  let isWarm = false;
  let warmedUp = job.warmupMs === 0;
  let account: Account | undefined;
  let sliceTimer: NodeJS.Timeout | undefined;
  let endTimer: NodeJS.Timeout | undefined;
  const warmUpTimer = setTimeout(() => {
    warmedUp = true;
    beginWhenWarm();
  }, job.warmupMs);

  function beginWhenWarm(): void {
    if (phase !== 'warm-up' || !isWarm || !warmedUp) return;
    phase = 'window';
    account = openAccount(job, events.slice);
    endTimer = setTimeout(end, job.durationMs);
    cutWhenDue();
    events.begins();
  }

  function cutWhenDue(): void {
    const untilNext = account?.untilNext();
    if (untilNext === undefined) return;
    sliceTimer = setTimeout(() => {
      account?.cut();
      cutWhenDue();
    }, untilNext);
  }

  function end(): void {
    if (phase === 'drain') return;
    account?.end();
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
      account?.answered(latencyUs, status);
      if (--left <= 0) end();
    },
    failed: (code) => {
      if (phase === 'warm-up') return;
      account?.failed(code);
      if (--left <= 0) end();
    },
    end,
    close: () => {
      end();
      if (!account) throw new Error('the window never began');
      return account.close();
    },
  };
}

interface Account extends Pick<SliceCutter, 'failed' | 'cut' | 'untilNext'> {
  answered(latencyUs: number, status: number): void;
  end(): void;
  close(): WindowCounts;
}

/** Counts from now on. */
function openAccount(job: LoadJob, onSlice: (slice: Slice) => void): Account {
  const latencies = createHistogram();
  const statuses = createStatuses();
  const slices: Slice[] = [];
  const used = countUsage();
  const beganAt = performance.now();
  const cutter = cutSlices(
    job,
    () => performance.now() - beganAt,
    (slice) => {
      slices.push(slice);
      onSlice(slice);
    },
  );
  let usage: Usage;
  return {
    ...cutter,
    answered: (latencyUs, status) => {
      record(latencies, latencyUs);
      statuses.add(status);
      cutter.answered();
    },
    end: () => {
      usage = used(cutter.end());
    },
    close: () => {
      cutter.close();
      return { ...sumOf(slices), ...usage, histogram: encode(latencies), statusCounts: statuses.counts() };
    },
  };
}
