import { createHash } from 'node:crypto';
import type { Plan, PlannedFamily } from '../lab/plan.ts';

/**
 * Eight hexadecimal digits that two runs share when they were planned alike: the same version of trafficlab, the same lab with its
 * overrides, the same seed, images and provider, and the same cells in the same order. Everything else of a plan is of the moment.
 */
export function planHash(plan: Plan): string {
  const deciding = Object.entries(parts).map(([key, part]) => [key, part?.(plan)]);
  return createHash('sha256')
    .update(canonical(Object.fromEntries(deciding)))
    .digest('hex')
    .slice(0, 8);
}

type Parts<T> = { readonly [Key in keyof Required<T>]: ((whole: T) => unknown) | undefined };

/** What of each key decides a run; undefined: nothing. Every key of a plan is here, so a new one has to be thought about. */
const parts: Parts<Plan> = {
  format: ({ format }) => format,
  trafficlab: ({ trafficlab }) => trafficlab,
  lab: ({ lab }) => lab,
  // Where the file lies on this machine; what is in it is `lab`.
  file: undefined,
  // The lab has them in it.
  overrides: undefined,
  // Why it was chosen depends on what else is installed; which images run does not.
  provider: ({ provider }) => [provider.name, provider.options.image],
  keep: undefined,
  reuse: undefined,
  seed: ({ seed }) => seed,
  families: ({ families }) => families.map(familyOf),
  // What is left is in `families`; why the rest is not depends on the machine.
  skips: undefined,
  // Free memory, images that are here already, seconds.
  estimate: undefined,
};

const familyParts: Parts<PlannedFamily> = {
  id: ({ id }) => id,
  // Words made from what the machine runs; its kernel is part of the environment (facts.json).
  title: undefined,
  clusters: ({ clusters }) => clusters,
  scenarios: ({ scenarios }) => scenarios,
  order: ({ order }) => order,
};

const familyOf = (family: PlannedFamily) =>
  Object.fromEntries(Object.entries(familyParts).map(([key, part]) => [key, part?.(family)]));

/** JSON with the keys of every object in one order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
