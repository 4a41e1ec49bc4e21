import { type Obstacle, several } from '../cluster/contract/obstacle.ts';
import type { Limits } from '../cluster/contract/provider.ts';
import { type FamilyLayout, type Layout, layOut } from './layout.ts';
import type { Lab } from './schema.ts';

/**
 * A lab laid out on a provider, or why the provider cannot run it. It can when it can run one of the lab's comparisons: the one mode of a
 * lab about a single mode, else any two modes (the reference counts) together in one family. What else it lacks are skips.
 */
export function runnable(lab: Lab, limits: Limits): { readonly layout: Layout } | { readonly obstacle: Obstacle } {
  const beforehand = limits.provider ?? wrongVersion(lab, limits);
  if (beforehand) return { obstacle: beforehand };
  const layout = layOut(lab, limits);
  return layout.families.some((family) => isCompared(lab, family)) ? { layout } : { obstacle: obstacleOf(layout) };
}

function isCompared(lab: Lab, { members, scenarios }: FamilyLayout): boolean {
  const needed = lab.proxyModes.length === 1 ? 1 : 2;
  const modes = new Set(members.map((member) => member.asked)).size;
  const targets = new Set(scenarios.map(({ topology, vantage }) => JSON.stringify([topology, vantage]))).size;
  // One mode alone is compared by its targets, so one of several that is left says nothing.
  return modes >= needed && (modes > 1 || targets >= Math.min(2, lab.targets.length));
}

/** All at once: fixing the first would only show the second. */
function obstacleOf({ lab, skips }: Layout): Obstacle {
  return skips.length > 0 ? several(skips.map(({ because }) => because)) : { code: 'modes-apart', modes: lab.proxyModes };
}

function wrongVersion(lab: Lab, limits: Limits): Obstacle | undefined {
  const asked = lab.cluster.kubernetes?.replace(/^v/, '');
  const offered = limits.families.flatMap(({ version }) => version ?? []);
  // "1.3" must not match "1.34".
  if (asked === undefined || offered.some((version) => `${version.replace(/^v/, '')}.`.startsWith(`${asked}.`))) return undefined;
  return { code: 'version-not-offered', asked, offered };
}
