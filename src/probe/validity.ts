import { describeErrors } from '../load/tally.ts';
import type { Check } from '../results/schema.ts';
import { decode, distinctValues } from '../stats/histogram.ts';
import type { LoadWindow, WindowGenerator } from './load-window.ts';

/** Beyond this the generator's own limit is measured and not the path (measurement.md, 5). */
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
 * What can be said against a window of load; every check is there, and one that is not `ok` takes the cell out of the ranking.
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
  seen: describeErrors(errors, 0),
  remedy: 'see whether the pods behind the target are ready and restarted, and try again with fewer connections',
});

const checkTimeouts = (timeouts: number): Check => ({
  name: 'time-outs',
  ok: timeouts === 0,
  seen: timeouts === 0 ? 'no time-out' : `${timeouts} time-out${timeouts === 1 ? '' : 's'}`,
  remedy: 'raise load.timeout, or see why the target stalls',
});

function checkStatuses(statuses: Readonly<Record<string, number>>): Check {
  const others = Object.entries(statuses).filter(([status]) => !status.startsWith('2'));
  return {
    name: 'non-2xx',
    ok: others.length === 0,
    seen: others.map(([status, times]) => `${status}: ${times}`).join(', ') || 'only 2xx',
    remedy: 'ask the target once by hand: something other than the echo server may be answering',
  };
}

function checkPorts({ used, budget, range, timeWaitBefore }: WindowGenerator['ports'], errors: LoadWindow['errors']): Check {
  return {
    name: 'ports',
    ok: used < budget && errors.EADDRNOTAVAIL === undefined,
    seen: `${used} of ${budget} ports used (range ${range}, ${timeWaitBefore} in TIME_WAIT before)`,
    remedy: 'shorten load.duration, or widen net.ipv4.ip_local_port_range at the client',
  };
}

function checkGenerator(generator: WindowGenerator, askedMs: number): Check {
  const { cpuShare, eventLoopUtilization, durationMs } = generator;
  const starved = durationMs > askedMs * OVERRUN + OVERRUN_MS;
  return {
    name: 'generator-bound',
    ok: cpuShare <= BUSY && eventLoopUtilization <= BUSY && !starved,
    seen: starved
      ? `the window took ${Math.round(durationMs)} ms instead of ${askedMs}: the generator got no CPU`
      : `generator used ${percent(cpuShare)} of a core, event loop busy ${percent(eventLoopUtilization)}`,
    remedy: starved
      ? 'close what else keeps the processors busy, and run the lab again'
      : `use fewer connections (--connections): over ${percent(BUSY)} the generator's limit is measured, and the rate is not ranked`,
  };
}

function checkRetransmits(retransmits: number | undefined, requests: number): Check {
  const few = retransmits === undefined || retransmits <= requests * RETRANSMITTED;
  return {
    name: 'retransmits',
    ok: few,
    seen: retransmits === undefined ? 'not told by this kernel' : `${retransmits} segments sent again in ${requests} requests`,
    remedy: 'look for loss on the links (ip -s link) and for a full backlog or conntrack table (nstat, conntrack -S)',
  };
}

function checkValues(requests: number, distinct: number, fewestRequests: number, fewestDistinct: number): Check {
  return {
    name: 'too-few-values',
    ok: requests >= fewestRequests && distinct >= fewestDistinct,
    seen: `${requests} requests, ${distinct} different latencies`,
    remedy: `lengthen load.duration until there are ${fewestRequests} requests and ${fewestDistinct} different latencies`,
  };
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
