import { fetchedPrograms, type Obstacle } from '../cluster/contract/obstacle.ts';
import type { Limits } from '../cluster/contract/provider.ts';
import { topologyKeys } from '../cluster/contract/topology.ts';
import { proxyModeOf, topologyOf } from '../lab/layout.ts';
import { makePlan } from '../lab/make-plan.ts';
import { runnable } from '../lab/runnable.ts';
import type { Lab } from '../lab/schema.ts';

/** A provider as it was found on this machine. */
export interface Examined {
  readonly name: string;
  /** It is never chosen, only asked for. */
  readonly byNameOnly: boolean;
  readonly keeps: boolean;
  readonly limits: Limits;
}

/** What a provider can do for a lab: run it in so many seconds, or something is in the way. */
export interface Offer {
  readonly provider: Examined;
  readonly obstacle?: Obstacle;
  /** Programs that a run would get first, because nothing of the lab runs without them; how long the rest takes is not known before. */
  readonly fetches?: readonly string[];
  readonly seconds?: number;
  /** Parts of the lab that this provider leaves out. */
  readonly skips: number;
}

/** What each provider can do for a lab, in the order in which they are tried. */
export const offersOf = (lab: Lab, providers: readonly Examined[]): Offer[] =>
  providers.map((provider) => offerOf(lab, provider));

function offerOf(lab: Lab, provider: Examined): Offer {
  const found = runnable(lab, provider.limits);
  if ('obstacle' in found) {
    const fetches = fetched(lab, provider.limits);
    return fetches.length > 0 ? { provider, fetches, skips: 0 } : { provider, obstacle: found.obstacle, skips: 0 };
  }
  const named = { name: provider.name, chosen: { code: 'asked' }, options: {} } as const;
  const plan = makePlan(found.layout, { provider: named, overrides: {}, seed: 0, version: '' });
  return { provider, seconds: plan.estimate.seconds, skips: plan.skips.length };
}

/** What the lab needs and is not there, of what a run gets by itself. */
function fetched({ proxyModes, reference, targets }: Lab, { provider, proxyModes: modes, topologies }: Limits): string[] {
  const asked = [...proxyModes, ...(reference ? [reference] : [])].map(proxyModeOf);
  const keys = targets.map(topologyOf).flatMap(topologyKeys);
  const obstacles = [provider, ...asked.map((mode) => modes[mode]), ...keys.map((key) => topologies[key])];
  return [...new Set(obstacles.flatMap((one) => (one ? fetchedPrograms(one) : [])))];
}

/** The one that runs the lab where no other is named: the lab file's own, else the first that can. */
export function chosen(lab: Lab, offers: readonly Offer[]): Offer | undefined {
  const own = offers.find(({ provider }) => provider.name === lab.provider);
  if (lab.provider !== undefined) return own?.obstacle ? undefined : own;
  return offers.find(({ provider, obstacle }) => !obstacle && !provider.byNameOnly);
}
