import { setTimeout as delay } from 'node:timers/promises';
import type { V1Ingress } from '@kubernetes/client-node';
import { type ControllerOptions, createController } from './controller.ts';
import type { IngressObjects } from './model.ts';
import { type IngressProblem, problemSentence } from './problems.ts';

export interface LoopOptions extends ControllerOptions {
  /** Told of each change and each failure, as data for one line of a log. */
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
  /** Changes that come within so long of each other make one reload. Default 25 ms. */
  readonly coalesceMs?: number;
  /** After a failure it tries again, unless something newer comes first. Default 5 s. */
  readonly retryMs?: number;
  /** Told what is wrong with the Ingresses after each change; what it throws is logged, and what it did not do comes again. */
  readonly report?: (problems: readonly IngressProblem[], ingresses: readonly V1Ingress[]) => Promise<void>;
}

const COALESCE_MS = 25;
const RETRY_MS = 5_000;

/** The reference controller: follows snapshots until they end or the signal fires. What fails is told and tried again; nothing but the source throws. */
export async function runController(snapshots: AsyncIterable<IngressObjects>, options: LoopOptions): Promise<void> {
  const { log, signal, report, coalesceMs = COALESCE_MS, retryMs = RETRY_MS } = options;
  const controller = createController(options);
  let latest: IngressObjects | undefined;
  let ended = false;
  let wake: () => void = () => {};

  const following = (async () => {
    try {
      for await (const snapshot of snapshots) {
        latest = snapshot;
        wake();
      }
    } finally {
      ended = true;
      wake();
    }
  })();
  following.catch(() => {}); // thrown below

  const somethingNew = async (atMostMs?: number): Promise<void> => {
    if (latest || ended || signal?.aborted) return;
    const timer = atMostMs === undefined ? undefined : setTimeout(() => wake(), atMostMs);
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    clearTimeout(timer);
  };
  const stop = () => wake();
  signal?.addEventListener('abort', stop, { once: true });

  try {
    for (;;) {
      await somethingNew();
      if (signal?.aborted || !latest) break;
      await delay(coalesceMs);
      let objects: IngressObjects = latest;
      latest = undefined;
      for (;;) {
        const failure = await attempt(objects);
        if (failure === undefined || signal?.aborted || ended) break;
        await somethingNew(retryMs);
        if (latest) objects = latest;
        latest = undefined;
      }
    }
  } finally {
    signal?.removeEventListener('abort', stop);
  }
  if (!signal?.aborted) await following;

  async function attempt(objects: IngressObjects): Promise<unknown> {
    try {
      const applied = await controller.apply(objects);
      if (!applied) return undefined;
      const problems = applied.problems.map((problem) => ({ ...problem, sentence: problemSentence(problem) }));
      log({ event: 'configured', ...applied, problems });
      await report?.(applied.problems, objects.ingresses).catch((error: unknown) =>
        log({ event: 'unreported', message: messageOf(error) }),
      );
      return undefined;
    } catch (error) {
      if (!signal?.aborted) log({ event: 'failed', message: messageOf(error) });
      return error;
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
