import type { Target } from '../contract/deployment.ts';
import type { Host } from '../contract/host.ts';
import type { Reaches } from './platform.ts';

/** Those of the targets that are reached where the routes of the client outside are as somebody else made them. */
export async function reachedTargets(targets: readonly Target[], outside: Host, reaches: Reaches): Promise<Target[]> {
  const reached = targets.filter(({ from, topology }) => !from.includes(outside) || isReached(topology.entry, reaches));
  return Promise.all(
    reached.map(async (target) => {
      if (!target.from.includes(outside) || target.topology.entry !== 'cluster-ip') return target;
      const { entryNode: _asOurRoutesWouldHaveIt, ...rest } = target;
      const entryNode = await reaches.entryOf(new URL(target.url).hostname);
      return entryNode === undefined ? rest : { ...rest, entryNode };
    }),
  );
}

function isReached(entry: Target['topology']['entry'], { nodes, pods, services }: Reaches): boolean {
  if (entry === 'pod') return pods;
  return entry === 'cluster-ip' ? services : nodes;
}
