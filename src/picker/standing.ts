import type { Limits, Obstacle } from '../cluster/provider.ts';
import { makePlan, runnable } from '../lab/plan.ts';
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
  readonly seconds?: number;
  /** Parts of the lab that this provider leaves out. */
  readonly skips: number;
}

/** How every provider stands to a lab, in the order in which they are tried. */
export const standingsOf = (lab: Lab, providers: readonly Examined[]): Standing[] =>
  providers.map((provider) => standingOf(lab, provider));

function standingOf(lab: Lab, provider: Examined): Standing {
  const obstacle = runnable(lab, provider.limits);
  if (obstacle) return { provider, obstacle, skips: 0 };
  const named = { name: provider.name as never, reason: '' };
  const plan = makePlan(lab, { provider: named, limits: provider.limits, overrides: {}, seed: 0, version: '' });
  return { provider, seconds: plan.estimate.seconds, skips: plan.skips.length };
}

/** The one that runs the lab where nobody names another: the lab file's own, else the first that can. */
export function chosen(lab: Lab, standings: readonly Standing[]): Standing | undefined {
  const own = standings.find(({ provider }) => provider.name === lab.provider);
  if (own) return own.obstacle ? undefined : own;
  return standings.find(({ provider, obstacle }) => !obstacle && !provider.byNameOnly);
}
