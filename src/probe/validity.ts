import type { Check } from '../results/schema.ts';
import { decode, distinctValues } from '../stats/histogram.ts';
import type { LoadWindow, WindowGenerator } from './load-window.ts';

/** Beyond this the generator's own limit is measured and not the path (docs/method.md). */
const BUSY = 0.85;
/** What is ranked is a window's rate or median, and blocks are what is counted: some thirty make a median. (A p99 of fewer than 100 is just the maximum.) */
const FEWEST_REQUESTS = 30;
/** Fewer different values than this and the clock is seen, not the path. */
const FEWEST_DISTINCT = 10;
/** First packets are few and take some ten microseconds, so their values repeat. */
const FEWEST_FIRST_PACKETS = 10;
const FEWEST_DISTINCT_FIRST_PACKETS = 4;
/** Segments sent again, as a share of requests: more than this touches the p99. */
const RETRANSMITTED = 0.001;

/** A window that took this much longer than asked is one in which the generator got no CPU. */
const OVERRUN = 1.25;
const OVERRUN_MS = 20;

/**
 * What can be said against a window of load; every check is there. How many failed windows take a cell out of the ranking is decided in
 * compare/standing.ts.
 * @param askedMs how long the window was to be.
 */
export function checkLoad(window: LoadWindow, askedMs: number): Check[] {
  const { errors, generators, requests } = window;
  return [
    checkErrors(errors),
    checkTimeouts(window.timeouts),
    checkStatuses(window.statusCounts),
    ofAll(generators.map(({ ports }) => checkPorts(ports, errors))),
    ofAll(generators.map((generator) => checkGenerator(generator, askedMs))),
    checkRetransmits(window.retransmits, requests),
    checkValues(requests, distinctValues(window.latencies), FEWEST_REQUESTS, FEWEST_DISTINCT),
  ];
}

/** A check that is made of each generator: the first that failed, else the first. */
const ofAll = (checks: readonly Check[]): Check => checks.find(({ ok }) => !ok) ?? checks[0]!;

/** The same for connections that were only opened: `retransmits` counts the SYNs sent again, `histogram` is of the rest. */
export function checkFirstPackets(seen: {
  readonly errors: Readonly<Record<string, number>>;
  readonly timeouts: number;
  readonly retransmits: number;
  readonly samples: number;
  readonly histogram: string;
}): Check[] {
  return [
    checkErrors(seen.errors),
    checkTimeouts(seen.timeouts),
    checkRetransmits(seen.retransmits, seen.samples),
    checkValues(seen.samples, distinctValues(decode(seen.histogram)), FEWEST_FIRST_PACKETS, FEWEST_DISTINCT_FIRST_PACKETS),
  ];
}

const checkErrors = (errors: Readonly<Record<string, number>>): Check => ({
  name: 'errors',
  ok: Object.keys(errors).length === 0,
  seen: { code: 'errors', errors: { ...errors } },
});

const checkTimeouts = (timeouts: number): Check => ({
  name: 'time-outs',
  ok: timeouts === 0,
  seen: { code: 'time-outs', timeouts },
});

function checkStatuses(statuses: Readonly<Record<string, number>>): Check {
  const others = Object.entries(statuses).filter(([status]) => !status.startsWith('2'));
  return { name: 'non-2xx', ok: others.length === 0, seen: { code: 'statuses', other: Object.fromEntries(others) } };
}

function checkPorts({ used, budget, range, timeWaitBefore }: WindowGenerator['ports'], errors: LoadWindow['errors']): Check {
  return {
    name: 'ports',
    ok: used < budget && errors.EADDRNOTAVAIL === undefined,
    seen: { code: 'ports', used, budget, range, timeWaitBefore },
  };
}

function checkGenerator(generator: WindowGenerator, askedMs: number): Check {
  const { cpuShare, eventLoopUtilization, durationMs } = generator;
  const starved = durationMs > askedMs * OVERRUN + OVERRUN_MS;
  return {
    name: 'generator-bound',
    ok: cpuShare <= BUSY && eventLoopUtilization <= BUSY && !starved,
    seen: starved
      ? { code: 'generator-starved', durationMs, askedMs }
      : { code: 'generator', cpuShare, eventLoopUtilization, most: BUSY },
  };
}

const checkRetransmits = (retransmits: number | undefined, requests: number): Check => ({
  name: 'retransmits',
  ok: retransmits === undefined || retransmits <= requests * RETRANSMITTED,
  seen: { code: 'retransmits', ...(retransmits === undefined ? {} : { retransmits }), requests },
});

const checkValues = (requests: number, distinct: number, fewestRequests: number, fewestDistinct: number): Check => ({
  name: 'too-few-values',
  ok: requests >= fewestRequests && distinct >= fewestDistinct,
  seen: { code: 'values', requests, distinct, fewestRequests, fewestDistinct },
});
