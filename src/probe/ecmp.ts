import type { Router } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import { type Look, nothingSeen } from '../proof/look.ts';
import type { Problem } from '../proof/problem.ts';
import { binomialInterval } from '../stats/binomial.ts';
import { type ClientEnd, type Tracked, trackedOnEach } from './conntrack.ts';

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
 * of its route (RFC 4271, RFC 2992).
 */
export async function ecmpRoutes(router: Router, address: string, announcing: readonly Host[]): Promise<Look> {
  const { host } = router;
  const [sessions, routes, policy] = await Promise.all([
    router.sessions(),
    host.inNetwork(['ip', '-json', 'route', 'show', address], { timeoutMs: 30_000 }),
    host.inNetwork(['cat', '/proc/sys/net/ipv4/fib_multipath_hash_policy'], { timeoutMs: 30_000 }),
  ]);
  const states = new Map(sessions.map(({ peer, state }) => [peer, state]));
  const via = nextHops(routes.stdout);
  const hashPolicy = policy.stdout.trim();
  const place = { router: host.name, address };
  const missing = announcing.flatMap(({ name: node, address: peer }): Problem[] => {
    const state = states.get(peer) ?? 'no session';
    if (state !== ESTABLISHED) return [{ code: 'session-down', node, router: host.name, state }];
    return via.includes(peer) ? [] : [{ code: 'no-next-hop', node, ...place }];
  });
  const strangers = via.filter((hop) => !announcing.some(({ address: peer }) => peer === hop));
  const established = sessions.filter(({ state }) => state === ESTABLISHED).length;
  return {
    ...nothingSeen,
    evidence: [{ code: 'routes', ...place, via, sessions: established, hashPolicy }],
    problems: [
      ...missing,
      ...strangers.map((hop): Problem => ({ code: 'stranger-next-hop', ...place, hop })),
      ...(hashPolicy === BY_FLOW ? [] : [{ code: 'hash-policy', router: host.name, policy: hashPolicy } as const]),
    ],
  };
}

/** Addresses and ports of both sides (ip-sysctl, fib_multipath_hash_policy). */
const BY_FLOW = '1';

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

/** What contradicts an even spread over the entries; each share must lie within its 99.9 % binomial interval. */
export function spreadProblems(counts: ReadonlyMap<Host, number>, entries: readonly Host[], connections: number): Problem[] {
  const seen = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const [low, high] =
    entries.length > 1 ? binomialInterval(connections, 1 / entries.length, CONFIDENCE) : [connections, connections];
  return [
    ...(seen === connections ? [] : [{ code: 'connections-unseen', seen, connections } as const]),
    ...elsewhere(counts, entries).map((one): Problem => ({ code: 'came-in-elsewhere', ...one })),
    ...entries.flatMap((node): Problem[] => {
      const counted = counts.get(node) ?? 0;
      const even = counted >= low && counted <= high;
      return even ? [] : [{ code: 'uneven-share', node: node.name, counted, connections, low, high }];
    }),
  ];
}

/** The nodes by which connections came in although they are no entry. */
export const elsewhere = (counts: ReadonlyMap<Host, number>, entries: readonly Host[]) =>
  [...counts].flatMap(([node, connections]) =>
    connections > 0 && !entries.includes(node) ? [{ node: node.name, connections }] : [],
  );
