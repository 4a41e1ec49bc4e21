import type { Host } from '../cluster/contract/host.ts';
import type { Problem } from '../proof/problem.ts';
import { type ClientEnd, trackedConnections } from './conntrack.ts';
import { serviceOf, type Way } from './way.ts';

/** Where connections went that the way's own objects did not take, as far as connection tracking knows. */
export async function divertedFrom(node: Host, way: Way, ends: readonly ClientEnd[], taken: number): Promise<Problem[]> {
  const tracked = await trackedConnections(node, ends, way);
  const elsewhere = new Map<string, number>();
  for (const { answeredBy } of tracked)
    if (!way.endpoints.some(({ address }) => address === answeredBy))
      elsewhere.set(answeredBy, (elsewhere.get(answeredBy) ?? 0) + 1);
  const past = tracked.length - taken - [...elsewhere.values()].reduce((sum, count) => sum + count, 0);
  const place = { node: node.name, service: serviceOf(way) };
  return [
    ...[...elsewhere].map(
      ([address, connections]): Problem => ({ code: 'diverted', ...place, by: { kind: 'rules-to', address }, connections }),
    ),
    ...(past > 0 ? [{ code: 'diverted', ...place, by: { kind: 'other-rules' }, connections: past } as const] : []),
  ];
}
