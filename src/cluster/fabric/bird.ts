import { NODE_AS, ROUTER_AS } from '../addresses/router-numbers.ts';

export interface BirdRouter {
  readonly address: string;
  readonly peers: readonly { readonly name: string; readonly address: string }[];
  /** Addresses of this network are taken from the nodes, each by itself, and nothing else. */
  readonly pool: string;
}

/**
 * BIRD 2's configuration for a router that spreads connections over all nodes that announce an address: paths of equal length become one
 * route with many next hops (`merge paths`; https://bird.network.cz/?get_doc&v=20&f=bird-6.html#ss6.6).
 */
export const birdRouter = ({ address, peers, pool }: BirdRouter): string =>
  text(head(address), [
    'protocol kernel {',
    '  merge paths yes limit 16;',
    '  ipv4 { import none; export where source = RTS_BGP; };',
    '}',
    'template bgp node {',
    `  local ${address} as ${ROUTER_AS};`,
    '  passive yes;', // the nodes come to it, so that sessions do not collide
    `  ipv4 { import where net ~ [ ${pool}{32,32} ]; export none; };`,
    '}',
    ...peers.flatMap(({ name, address: peer }, index) => [
      `protocol bgp node${index + 1} from node {`,
      `  description "${name}";`,
      `  neighbor ${peer} as ${NODE_AS};`,
      '}',
    ]),
  ]);

export interface BirdNode {
  readonly address: string;
  readonly router: string;
  /** What it announces. */
  readonly addresses: readonly string[];
}

/**
 * BIRD 2's configuration for a node: it tells the router of addresses and puts no route into its own kernel, where rules alone know
 * them. It tries every second, the shortest that BIRD knows; its usual five would be most of a bring-up.
 */
export const birdNode = ({ address, router, addresses }: BirdNode): string =>
  text(head(address), [
    'protocol static announced {',
    '  ipv4;',
    ...addresses.map((one) => `  route ${one}/32 blackhole;`),
    '}',
    'protocol bgp uplink {',
    `  local ${address} as ${NODE_AS};`,
    `  neighbor ${router} as ${ROUTER_AS};`,
    '  connect delay time 1;',
    '  connect retry time 1;',
    '  error wait time 1, 2;',
    '  ipv4 { import none; export where proto = "announced"; next hop self; };',
    '}',
  ]);

const head = (address: string): string[] => [
  'log stderr { warning, error, fatal, bug };',
  `router id ${address};`,
  'protocol device { }',
];

const text = (...parts: readonly (readonly string[])[]): string => `${parts.flat().join('\n')}\n`;

export interface BirdSession {
  /** The neighbour's address. */
  readonly peer: string;
  /** In the words of RFC 4271: Idle, Connect, Active, OpenSent, OpenConfirm, Established; or Down. */
  readonly state: string;
  /** Why it ended last, as in "Received: Administrative shutdown". */
  readonly lastError?: string;
}

/** Reads `birdc show protocols all`. */
export function birdSessions(output: string): BirdSession[] {
  return output.split(/^(?=\S)/m).flatMap((protocol) => {
    const field = (name: string) => new RegExp(`^\\s+${name}:\\s+(.+?)\\s*$`, 'm').exec(protocol)?.[1];
    const [state, peer, lastError] = [field('BGP state'), field('Neighbor address'), field('Last error')];
    return state === undefined || peer === undefined ? [] : [{ peer, state, ...(lastError === undefined ? {} : { lastError }) }];
  });
}
