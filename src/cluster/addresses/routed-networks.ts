import { UnavailableError } from '../../errors.ts';
import { addressText, type Ipv4Network, networkText, overlap, parseNetwork, sizeOf } from './ipv4-network.ts';

/** A network or an address that nodes, pods or this machine reach, and must go on reaching. */
export interface UsedNetwork {
  /** As in "172.18.0.0/16", or one address. */
  readonly network: string;
  /** Who uses it, for people: "a network of docker", "a route of worker". */
  readonly by: string;
}

/** What was found out about used networks. */
export interface UsedNetworks {
  readonly used: readonly UsedNetwork[];
  /** What could not be looked at, for people: networks that only these know may be cut off. */
  readonly unknown: readonly string[];
}

/** Two networks to which every node of a cluster has a route where LoadBalancers are announced by BGP, as in "192.168.11.0/24". */
export interface RoutedNetworks {
  /** Between the router and the client behind it. */
  readonly routerNetwork: string;
  /** The addresses of the LoadBalancers. */
  readonly bgpPool: string;
}

export type AskedNetworks = { readonly [key in keyof RoutedNetworks]?: string | undefined };

/**
 * The networks that were asked for, or free ones. They belong to one cluster: only its own nodes, router and client have routes to them,
 * so clusters and runs that are alive together may have the same.
 * @throws UnavailableError for one that is asked for and used, naming by whom; and where none is free.
 */
export function routedNetworks({ routerNetwork, bgpPool }: AskedNetworks, used: readonly UsedNetwork[]): RoutedNetworks {
  const taken = used.flatMap(({ network, by }): Taken[] => {
    const parsed = parseNetwork(network);
    return parsed && parsed.bits >= FEWEST_BITS ? [{ parsed, network, by }] : [];
  });
  const pool = choose('bgpPool', bgpPool, taken, [asTaken('routerNetwork', routerNetwork)]);
  return { bgpPool: pool, routerNetwork: choose('routerNetwork', routerNetwork, taken, [asTaken('bgpPool', pool)]) };
}

/** A shorter prefix is a default route in pieces (a VPN's 0.0.0.0/1 and 128.0.0.0/1): it leads to everything and says nothing. */
const FEWEST_BITS = 4;

interface Taken extends UsedNetwork {
  readonly parsed: Ipv4Network;
}

const asTaken = (key: keyof RoutedNetworks, network: string | undefined): Taken | undefined => {
  const parsed = network === undefined ? undefined : parseNetwork(network);
  return parsed && network !== undefined ? { parsed, network, by: `cluster.${key}` } : undefined;
};

function choose(
  key: keyof RoutedNetworks,
  asked: string | undefined,
  used: readonly Taken[],
  others: readonly (Taken | undefined)[],
): string {
  const taken = [...used, ...others.filter((one) => one !== undefined)];
  const obstacle = (network: Ipv4Network) => taken.find(({ parsed }) => overlap(parsed, network));
  const free = firstFree(key, (network) => obstacle(network) === undefined);
  if (asked === undefined) {
    if (free) return networkText(free);
    throw new UnavailableError(
      `no private network of 256 addresses is free for cluster.${key}: every candidate overlaps a network in use`,
      {
        remedy: `free a network, or remove the targets with announce: bgp; 198.18.0.0/15 is reserved for labs (RFC 2544)`,
      },
    );
  }
  const network = parseNetwork(asked);
  if (!network) throw new UnavailableError(`cluster.${key}: "${asked}" is not an IPv4 network`, { remedy: remedyOf(key, free) });
  const found = obstacle(network);
  if (!found) return networkText(network);
  throw new UnavailableError(`cluster.${key} ${asked} overlaps ${found.network}, which is ${found.by}`, {
    remedy: remedyOf(key, free),
  });
}

const remedyOf = (key: string, free: Ipv4Network | undefined): string =>
  free ? `omit cluster.${key}, or use a free network such as ${networkText(free)}` : `omit cluster.${key}`;

/** Each /24 of these, in order; the last is for benchmarks of networks (RFC 2544) and in hardly any use. */
const CANDIDATES = ['192.168.0.0/16', '172.16.0.0/12', '10.0.0.0/8', '198.18.0.0/15'].map((text) => parseNetwork(text)!);
const FIRST = { bgpPool: '192.168.10.0/24', routerNetwork: '192.168.11.0/24' } as const;
const BITS = 24;

function firstFree(key: keyof RoutedNetworks, isFree: (network: Ipv4Network) => boolean): Ipv4Network | undefined {
  const usual = parseNetwork(FIRST[key])!;
  // Beginning above 192.168.10.0, because what comes first is what routers at home have.
  if (isFree(usual)) return usual;
  const step = sizeOf({ first: 0, bits: BITS });
  for (const range of CANDIDATES)
    for (let first = range.first + sizeOf(range) - step; first >= range.first; first -= step)
      if (isFree({ first, bits: BITS })) return { first, bits: BITS };
  return undefined;
}

/** The two addresses of the network between a router and the client behind it; nothing else is in it. */
export interface RouterLegs {
  readonly router: string;
  readonly client: string;
}

/** @param network as in "192.168.11.0/24", of four addresses or more. */
export function routerLegs(network: string): RouterLegs {
  const { first } = parseNetwork(network)!;
  return { router: addressText(first + 1), client: addressText(first + 2) };
}
