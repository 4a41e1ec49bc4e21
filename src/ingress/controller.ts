import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../wait.ts';
import { changesBetween } from './changes.ts';
import type { IngressClassOf } from './classes.ts';
import { buildModel, type IngressModel, type IngressObjects } from './model.ts';
import type { Rendering } from './rendering.ts';

/** What the controller does to a proxy; each may throw, and what it throws is told. */
export interface ProxyEffects {
  /** Replaces the configuration at once, so that nobody ever reads half of one. */
  write(text: string): Promise<void>;
  /** Has the proxy itself look at a configuration before it is written. @throws with the proxy's words where it would not take it. */
  check?(text: string): Promise<void>;
  /** Has the proxy read its configuration again; it need not wait until that is done. */
  reload(): Promise<void>;
  /** What `/generation` of the status listener answers, over a new connection. @throws while the proxy does not run. */
  generation(): Promise<string>;
}

export interface ControllerOptions {
  readonly which: IngressClassOf;
  readonly render: (model: IngressModel) => Rendering;
  readonly effects: ProxyEffects;
  readonly signal?: AbortSignal;
  /** For the proxy to have a new configuration in effect, and for its first start. Default 30 s. */
  readonly deadlineMs?: number;
  /**
   * The new generation must be all that is seen for so long: nginx lets old workers accept for 100 ms beside the new ones
   * (ngx_process_cycle.c), and an old one may still answer. Default 200 ms.
   */
  readonly steadyMs?: number;
}

/** What one new configuration came to. */
export interface Applied {
  readonly generation: string;
  readonly changes: readonly string[];
  /** From the new file until the proxy had it in effect for certain; `steadyMs` is part of it. */
  readonly reloadMs: number;
  readonly problems: IngressModel['problems'];
}

export interface Controller {
  /**
   * Brings the proxy to what the objects say and waits until that is in effect; undefined where nothing changed. Calls are done one after
   * another; those that come while one is being done share the next turn, which takes the newest objects.
   * @throws TimeoutError with the generation last seen; what `check` throws, the configuration in effect being left as it is.
   */
  apply(objects: IngressObjects): Promise<Applied | undefined>;
}

const DEADLINE_MS = 30_000;
const STEADY_MS = 200;
const LOOK_MS = 20;
/** A signal may come while a proxy still begins; it is sent again where nothing has come of it after so long. */
const RELOAD_AGAIN_MS = 3_000;

/** The reference controller's second half, without a source of objects: renders, checks, writes, reloads, and waits. */
export function createController({ which, render, effects, signal, ...options }: ControllerOptions): Controller {
  const { deadlineMs = DEADLINE_MS, steadyMs = STEADY_MS } = options;
  let model: IngressModel | undefined;
  let inEffect: string | undefined;
  let next: { objects: IngressObjects; readonly applied: Promise<Applied | undefined> } | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  async function bring(objects: IngressObjects): Promise<Applied | undefined> {
    const built = buildModel(objects, which);
    const changes = changesBetween(model, built);
    const { text, generation } = render(built);
    if (generation === inEffect) {
      const said = JSON.stringify(built.problems) !== JSON.stringify(model?.problems);
      model = built;
      return said ? { generation, changes, reloadMs: 0, problems: built.problems } : undefined;
    }
    await effects.check?.(text);
    inEffect = undefined;
    await effects.write(text);
    const startedAt = performance.now();
    await untilInEffect(generation);
    model = built;
    inEffect = generation;
    return { generation, changes, reloadMs: Math.round(performance.now() - startedAt), problems: built.problems };
  }

  async function untilInEffect(generation: string): Promise<void> {
    let reloadedAt: number | undefined;
    let steadySince: number | undefined;
    const wait = { deadlineMs, intervalMs: LOOK_MS, ...(signal ? { signal } : {}) };
    await waitFor(`the proxy to have generation ${generation} in effect`, wait, async () => {
      const seen = await effects.generation().catch((error: unknown) => {
        steadySince = undefined;
        throw error;
      });
      const now = performance.now();
      if (seen === generation) {
        steadySince ??= now;
        return now - steadySince >= steadyMs ? { value: true } : { seen: 'the new generation, for a moment' };
      }
      steadySince = undefined;
      // Only a proxy that answers is told to reload: one that does not has still to read its first configuration, which is this one.
      if (reloadedAt === undefined || now - reloadedAt > RELOAD_AGAIN_MS) {
        reloadedAt = now;
        await effects.reload();
      }
      return { seen: `generation ${seen}` };
    });
  }

  return {
    apply(objects) {
      if (next) {
        next.objects = objects;
        return next.applied;
      }
      const applied = turn.then(() => {
        const taken = next!.objects;
        next = undefined;
        return bring(taken);
      });
      next = { objects, applied };
      turn = applied.catch(() => {});
      return applied;
    },
  };
}

export interface LoopOptions extends ControllerOptions {
  /** Told of each change and each failure, as data for one line of a log. */
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
  /** Changes that come within so long of each other make one reload. Default 25 ms. */
  readonly coalesceMs?: number;
  /** After a failure it tries again, unless something newer comes first. Default 5 s. */
  readonly retryMs?: number;
}

const COALESCE_MS = 25;
const RETRY_MS = 5_000;

/** The reference controller: follows snapshots until they end or the signal fires. What fails is told and tried again; nothing but the source throws. */
export async function runController(snapshots: AsyncIterable<IngressObjects>, options: LoopOptions): Promise<void> {
  const { log, signal, coalesceMs = COALESCE_MS, retryMs = RETRY_MS } = options;
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
      if (applied) log({ event: 'configured', ...applied });
      return undefined;
    } catch (error) {
      if (!signal?.aborted) log({ event: 'failed', message: error instanceof Error ? error.message : String(error) });
      return error;
    }
  }
}
