import type { Limits, Obstacle } from '../cluster/contract/provider.ts';
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

/** How a provider stands to a lab: it can run it in so many seconds, or something is in the way. */
export interface Standing {
  readonly provider: Examined;
  readonly obstacle?: Obstacle;
  /** What a run would get first, because nothing of the lab runs without it; how long the rest takes is not known before. */
  readonly fetches?: readonly string[];
  readonly seconds?: number;
  /** Parts of the lab that this provider leaves out. */
  readonly skips: number;
}

/** How every provider stands to a lab, in the order in which they are tried. */
export const standingsOf = (lab: Lab, providers: readonly Examined[]): Standing[] =>
  providers.map((provider) => standingOf(lab, provider));

function standingOf(lab: Lab, provider: Examined): Standing {
  const found = runnable(lab, provider.limits);
  if ('obstacle' in found) {
    const fetches = fetched(lab, provider.limits);
    return fetches.length > 0 ? { provider, fetches, skips: 0 } : { provider, obstacle: found.obstacle, skips: 0 };
  }
  const named = { name: provider.name, reason: '', options: {} };
  const plan = makePlan(found.layout, { provider: named, overrides: {}, seed: 0, version: '' });
  return { provider, seconds: plan.estimate.seconds, skips: plan.skips.length };
}

/** What the lab needs and is not there, of what a run gets by itself. */
function fetched({ proxyModes, reference, targets }: Lab, { provider, proxyModes: modes, topologies }: Limits): string[] {
  const asked = [...proxyModes, ...(reference ? [reference] : [])].map(proxyModeOf);
  const keys = targets.map(topologyOf).flatMap(topologyKeys);
  const obstacles = [provider, ...asked.map((mode) => modes[mode]), ...keys.map((key) => topologies[key])];
  return [...new Set(obstacles.flatMap((one) => (one?.fetched ? [one.reason] : [])))];
}

/** The one that runs the lab where nobody names another: the lab file's own, else the first that can. */
export function chosen(lab: Lab, standings: readonly Standing[]): Standing | undefined {
  const own = standings.find(({ provider }) => provider.name === lab.provider);
  if (lab.provider !== undefined) return own?.obstacle ? undefined : own;
  return standings.find(({ provider, obstacle }) => !obstacle && !provider.byNameOnly);
}
