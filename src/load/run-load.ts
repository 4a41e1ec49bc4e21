import { resolveAndPrepare } from './address.ts';
import type { ConnectionPolicy, LoadAnswer, LoadJob, Slice } from './messages.ts';
import { portBudget, portsInTurn, timeWaitSockets } from './ports.ts';
import type { Sender, SenderContext } from './sender.ts';
import { openWindow } from './window.ts';

/** Slices are handed on so often at the most. */
const HAND_ON_MS = 1000;

export interface LoadContext {
  readonly signal: AbortSignal;
  /** Where each fresh connection comes from; what runs many jobs gives all of them the same. */
  readonly nextPort?: () => number;
  readonly onSlices?: (slices: readonly Slice[]) => void;
}

// Loaded when it is asked for: most of a generator's start would be code that it does not run.
const policies: Readonly<Record<ConnectionPolicy, (context: SenderContext) => Promise<Sender>>> = {
  kept: async (context) => (await import('./kept.ts')).keptConnections(context),
  fresh: async (context) => (await import('./fresh.ts')).freshConnections(context),
};

/**
 * Offers load to a target: warm-up and window on the same connections or ports. A response counts for the window in which it came; requests
 * still out at the end of the window are waited for, so that a stall ends as a time-out and not as silence.
 */
export async function runLoad(job: LoadJob, { signal, nextPort = portsInTurn(), onSlices }: LoadContext): Promise<LoadAnswer> {
  const { target } = job;
  const requests = await Promise.all([target.url, ...(target.alternates ?? [])].map(resolveAndPrepare));
  const ports = portBudget();
  let sender: Sender | undefined;
  const handOn = inBatches(onSlices);
  const window = openWindow(job, {
    begins: () => sender?.windowBegins(),
    ends: () => sender?.windowEnds(),
    slice: handOn.add,
  });
  const stop = () => {
    window.end();
    sender?.stop();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    sender = await policies[job.policy]({ job, window, requests, budget: ports.budget, nextPort });
    await sender.send();
    return {
      id: job.id,
      kind: job.kind,
      ...window.close(),
      ...sender.counts(),
      ports: { ...ports, timeWaitAfter: timeWaitSockets(), used: sender.used() },
    };
  } finally {
    signal.removeEventListener('abort', stop);
    window.end();
    handOn.rest();
  }
}

/** Hands slices on together: at once where the last were handed on some time ago, and the rest at the end. */
function inBatches(give: (slices: readonly Slice[]) => void = () => {}) {
  let batch: Slice[] = [];
  let givenAt = performance.now();
  const rest = () => {
    if (batch.length > 0) give(batch);
    batch = [];
    givenAt = performance.now();
  };
  return {
    add: (slice: Slice) => {
      batch.push(slice);
      if (performance.now() - givenAt >= HAND_ON_MS) rest();
    },
    rest,
  };
}
