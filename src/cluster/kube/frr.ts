import { NODE_AS, ROUTER_AS } from '../addresses/router-numbers.ts';

const MAXIMUM_PATHS = 16;

export interface RouterPlan {
  /** The router's own address on the nodes' network. */
  readonly address: string;
  /** The addresses of the nodes that announce. */
  readonly nodes: readonly string[];
}

/**
 * bgpd's configuration for a router that takes what the nodes announce and spreads over all who announce the same. The nodes are named one
 * by one, so that one which never came is seen in the list of sessions; they are waited for, because MetalLB's native speaker only dials.
 */
export const bgpdConfig = ({ address, nodes }: RouterPlan): string =>
  [
    'frr defaults datacenter',
    'hostname router',
    'log stdout',
    `router bgp ${ROUTER_AS}`,
    ` bgp router-id ${address}`,
    ' no bgp ebgp-requires-policy',
    ' no bgp network import-check',
    ' bgp bestpath as-path multipath-relax',
    ' neighbor NODES peer-group',
    ` neighbor NODES remote-as ${NODE_AS}`,
    ' neighbor NODES passive',
    ' neighbor NODES timers 10 30',
    ...nodes.map((node) => ` neighbor ${node} peer-group NODES`),
    ' address-family ipv4 unicast',
    '  neighbor NODES activate',
    `  maximum-paths ${MAXIMUM_PATHS}`,
    ' exit-address-family',
    '!',
    '',
  ].join('\n');

/** What `vtysh -c "show bgp summary json"` says of each peer. @throws SyntaxError for what is no JSON. */
export function readSessions(json: string): { readonly peer: string; readonly state: string }[] {
  const summary = JSON.parse(json) as { readonly ipv4Unicast?: { readonly peers?: Record<string, { readonly state?: string }> } };
  return Object.entries(summary.ipv4Unicast?.peers ?? {}).map(([peer, { state = 'unknown' }]) => ({ peer, state }));
}

interface RouteEntry {
  readonly nexthops?: readonly { readonly ip?: string; readonly fib?: boolean }[];
}

/** The next hops of a route that are in the kernel, sorted, from what `vtysh -c "show ip route bgp json"` says; none where there is no such route. */
export function nextHopsOf(json: string, prefix: string): string[] {
  const routes = JSON.parse(json) as Readonly<Record<string, readonly RouteEntry[]>>;
  const hops = (routes[prefix] ?? []).flatMap(({ nexthops = [] }) => nexthops);
  return hops.flatMap(({ ip, fib }) => (fib && ip ? [ip] : [])).sort();
}
