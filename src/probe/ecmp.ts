import type { Router } from '../cluster/deployment.ts';
import type { Host } from '../cluster/host.ts';
import { binomialInterval } from '../stats/binomial.ts';
import { type ClientEnd, type Tracked, trackedOnEach } from './conntrack.ts';
import type { Problem } from './problem.ts';

/** Each node's share of the connections stays within this interval of an even spread. */
const CONFIDENCE = 0.999;
const ESTABLISHED = 'Established';

interface Route {
  readonly dst: string;
  readonly gateway?: string;
  readonly nexthops?: readonly { readonly gateway?: string }[];
}

/**
 * The nodes to which a router spreads the connections to an address: every announcing node has an established session and is a next hop
 * of its route (RFC 4271, RFC 2992). `failures` names the node that is missing, with its session's state.
 */
export async function ecmpRoutes(
  router: Router,
  address: string,
  announcing: readonly Host[],
): Promise<{ readonly evidence: readonly string[]; readonly failures: readonly string[] }> {
  const { host } = router;
  const [sessions, routes, policy] = await Promise.all([
    router.sessions(),
    host.inNetwork(['ip', '-json', 'route', 'show', address], { timeoutMs: 30_000 }),
    host.inNetwork(['cat', '/proc/sys/net/ipv4/fib_multipath_hash_policy'], { timeoutMs: 30_000 }),
  ]);
  const states = new Map(sessions.map(({ peer, state }) => [peer, state]));
  const hops = nextHops(routes.stdout);
  const missing = announcing.flatMap(({ name, address: peer }) => {
    const state = states.get(peer) ?? 'no session';
    if (state !== ESTABLISHED) return [`${name} is no entry: its BGP session with ${host.name} is ${state}`];
    return hops.includes(peer) ? [] : [`${name} is no entry: the route to ${address} on ${host.name} does not lead to it`];
  });
  const strangers = hops.filter((hop) => !announcing.some(({ address: peer }) => peer === hop));
  const byFlow = policy.stdout.trim() === '1';
  return {
    evidence: [
      `${host.name}: ${address} via ${hops.join(', ') || 'nobody'}, ${sessions.filter(({ state }) => state === ESTABLISHED).length} BGP sessions established, hash policy ${policy.stdout.trim()}`,
    ],
    failures: [
      ...missing,
      ...strangers.map((hop) => `the route to ${address} on ${host.name} leads to ${hop}, which does not announce it`),
      ...(byFlow
        ? []
        : [`${host.name} does not hash by flow (fib_multipath_hash_policy is ${policy.stdout.trim() || 'unknown'})`]),
    ],
  };
}

function nextHops(stdout: string): string[] {
  const [route] = stdout.trim() === '' ? [] : (JSON.parse(stdout) as Route[]);
  if (!route) return [];
  return (route.nexthops ?? [route]).flatMap(({ gateway }) => gateway ?? []).sort();
}

/** Which connections came in by each node, as the nodes' own connection tracking has it. */
export async function arrivals(
  nodes: readonly Host[],
  ends: readonly ClientEnd[],
  destination: { readonly address: string; readonly port: number },
): Promise<ReadonlyMap<Host, readonly ClientEnd[]>> {
  const tracked = await trackedOnEach(nodes, ends, destination);
  const came = (found: readonly Tracked[]) => {
    const ports = new Set(found.map(({ sourcePort }) => sourcePort));
    return ends.filter(({ localPort }) => ports.has(localPort));
  };
  return new Map([...tracked].map(([node, found]) => [node, came(found)]));
}

/** What speaks against an even spread over the entries; each share must lie within its 99.9 % binomial interval. */
export function unevenShares(
  counts: ReadonlyMap<Host, number>,
  entries: readonly Host[],
  connections: number,
): { readonly failures: readonly string[]; readonly problems: readonly Problem[] } {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const elsewhere = [...counts].filter(([node, count]) => count > 0 && !entries.includes(node));
  const [low, high] =
    entries.length > 1 ? binomialInterval(connections, 1 / entries.length, CONFIDENCE) : [connections, connections];
  return {
    failures: [
      ...(total === connections ? [] : [`the nodes saw ${total} of ${connections} connections`]),
      ...elsewhere.map(
        ([node, count]) => `${node.name}: ${count} connections came in here, and it does not announce the address`,
      ),
    ],
    problems: entries.flatMap((node): Problem[] => {
      const counted = counts.get(node) ?? 0;
      const even = counted >= low && counted <= high;
      return even ? [] : [{ code: 'uneven-share', node: node.name, counted, connections, low, high }];
    }),
  };
}
