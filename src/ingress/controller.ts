import { waitFor } from '../waiting/wait.ts';
import { buildModel } from './build-model.ts';
import { changesBetween } from './changes.ts';
import type { IngressClassOf } from './classes.ts';
import { isolate, type Refused, without } from './isolate.ts';
import type { IngressModel, IngressObjects } from './model.ts';
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
  /** For part of a configuration to come into effect, where the proxy cannot be asked whether it takes one. Default 5 s. */
  readonly trialMs?: number;
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
   * another; those that come while one is being done share the next turn, which takes the newest objects. An Ingress that the proxy does not
   * take is left out, with a problem, until it changes; the others are served.
   * @throws TimeoutError with the generation last seen; what `check` throws, where it is no Ingress's fault.
   */
  apply(objects: IngressObjects): Promise<Applied | undefined>;
}

const DEADLINE_MS = 30_000;
const STEADY_MS = 200;
const TRIAL_MS = 5_000;
const LOOK_MS = 20;
/** A signal may come while a proxy still begins; it is sent again where nothing has come of it after so long. */
const RELOAD_AGAIN_MS = 3_000;

/** The reference controller's second half, without a source of objects: renders, checks, writes, reloads, and waits. */
export function createController({ which, render, effects, signal, ...options }: ControllerOptions): Controller {
  const { deadlineMs = DEADLINE_MS, steadyMs = STEADY_MS, trialMs = Math.min(TRIAL_MS, deadlineMs) } = options;
  let model: IngressModel | undefined;
  let inEffect: string | undefined;
  let refused: Refused = new Map();
  let next: { objects: IngressObjects; readonly applied: Promise<Applied | undefined> } | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  async function bring(objects: IngressObjects): Promise<Applied | undefined> {
    const { objects: left, refused: still } = without(refused, objects);
    refused = still;
    try {
      return await take(left);
    } catch (error) {
      if (signal?.aborted) throw error;
      const isolated = await isolate(left, async (some) => {
        try {
          await look(render(buildModel(some, which)));
          return undefined;
        } catch (said) {
          if (signal?.aborted) throw said;
          return wordsOf(said);
        }
      });
      if (!isolated || isolated.refused.size === 0) throw error;
      refused = new Map([...refused, ...isolated.refused]);
      return await take(isolated.objects);
    }
  }

  /** Whether the proxy would take it. Where it cannot be asked, the only way to know is to have it take it. */
  async function look({ text, generation }: Rendering): Promise<void> {
    if (effects.check) return effects.check(text);
    inEffect = undefined;
    await effects.write(text);
    await untilInEffect(generation, trialMs);
  }

  async function take(objects: IngressObjects): Promise<Applied | undefined> {
    const built = withRefused(buildModel(objects, which), refused);
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
    await untilInEffect(generation, deadlineMs);
    model = built;
    inEffect = generation;
    return { generation, changes, reloadMs: Math.round(performance.now() - startedAt), problems: built.problems };
  }

  async function untilInEffect(generation: string, deadlineMs: number): Promise<void> {
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
        return now - steadySince >= steadyMs ? { value: true } : { seen: 'the new generation, not yet stable' };
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

function withRefused(model: IngressModel, refused: Refused): IngressModel {
  const problems = [...refused.values()].map(({ name, said }) => ({ kind: 'refused' as const, ingress: name, said }));
  return { ...model, problems: [...problems, ...model.problems] };
}

const WORDS = 500;
const wordsOf = (said: unknown): string => (said instanceof Error ? said.message : String(said)).slice(0, WORDS);
