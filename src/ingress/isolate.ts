import type { V1Ingress } from '@kubernetes/client-node';
import { ingressName, oldestFirst } from './classes.ts';
import type { IngressObjects } from './model.ts';

/** Why a proxy does not take a configuration, in its own words; undefined where it takes it. */
export type Refusal = (objects: IngressObjects) => Promise<string | undefined>;

/** What a proxy was found to refuse, by the Ingress as it was then. */
export type Refused = ReadonlyMap<string, { readonly name: string; readonly said: string }>;

export interface Isolated {
  /** Those that the proxy takes, together. */
  readonly objects: IngressObjects;
  readonly refused: Refused;
}

/**
 * Finds the Ingresses because of which a proxy refuses a configuration, whatever the reason: by halves, the oldest first, so that of two that
 * do not go together the newer is left out.
 * @returns undefined where it would not take one without any Ingress either, which is then no Ingress's fault.
 */
export async function isolate(objects: IngressObjects, refusal: Refusal): Promise<Isolated | undefined> {
  const refused = new Map<string, { name: string; said: string }>();
  let kept: readonly V1Ingress[] = [];
  const withThose = (some: readonly V1Ingress[]) => refusal({ ...objects, ingresses: [...kept, ...some] });
  if ((await withThose([])) !== undefined) return undefined;

  async function take(some: readonly V1Ingress[]): Promise<void> {
    const [first, ...others] = some;
    if (first === undefined) return;
    const said = await withThose(some);
    if (said === undefined) kept = [...kept, ...some];
    else if (others.length > 0) {
      const half = Math.ceil(some.length / 2);
      await take(some.slice(0, half));
      await take(some.slice(half));
      // Twice, because a proxy may also be slow; only what it refuses both times is left out.
    } else if ((await withThose(some)) === undefined) kept = [...kept, ...some];
    else refused.set(identity(first), { name: ingressName(first), said });
  }
  await take([...objects.ingresses].sort(oldestFirst));
  return { objects: { ...objects, ingresses: kept }, refused };
}

/** The objects without the Ingresses that were refused and are still what they were, and those that were. */
export function without(refused: Refused, objects: IngressObjects): Isolated {
  const still = new Map([...refused].filter(([key]) => objects.ingresses.some((ingress) => identity(ingress) === key)));
  const ingresses = objects.ingresses.filter((ingress) => !still.has(identity(ingress)));
  return { objects: { ...objects, ingresses }, refused: still };
}

/** Another text for each change that matters to a proxy: what an Ingress asks for, not its status. */
const identity = ({ metadata, spec }: V1Ingress): string =>
  JSON.stringify([metadata?.namespace, metadata?.name, metadata?.annotations, spec]);
