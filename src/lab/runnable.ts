import type { Limits, Obstacle } from '../cluster/contract/provider.ts';
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

/** All reasons at once: removing only the first would meet the second. */
function obstacleOf({ lab, skips }: Layout): Obstacle {
  const distinct = (texts: readonly string[]) => [...new Set(texts)].join('; ');
  if (skips.length > 0)
    return { reason: distinct(skips.map(({ reason }) => reason)), remedy: distinct(skips.map(({ remedy }) => remedy)) };
  return {
    reason: `no kernel or version here holds two of ${lab.proxyModes.join(', ')} together`,
    remedy: 'give the lab a reference that they share, as in `reference: iptables`',
  };
}

function wrongVersion(lab: Lab, limits: Limits): Obstacle | undefined {
  const asked = lab.cluster.kubernetes?.replace(/^v/, '');
  const offered = limits.families.flatMap(({ version }) => version ?? []);
  // "1.3" must not match "1.34".
  if (asked === undefined || offered.some((version) => `${version.replace(/^v/, '')}.`.startsWith(`${asked}.`))) return undefined;
  return {
    reason: `Kubernetes ${asked} is asked for, and here is ${offered.length > 0 ? offered.join(', ') : 'no Kubernetes at all'}`,
    remedy:
      offered.length > 0
        ? 'ask for one of these versions'
        : 'leave the version out, or name a provider that has it; see: npm run doctor',
  };
}
