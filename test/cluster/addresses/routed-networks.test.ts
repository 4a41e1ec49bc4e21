import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressText,
  isPrivate,
  networkText,
  overlap,
  parseNetwork,
  sizeOf,
} from '../../../src/cluster/addresses/ipv4-network.ts';
import { routedNetworks, routerLegs, type UsedNetwork } from '../../../src/cluster/addresses/routed-networks.ts';
import { UnavailableError } from '../../../src/errors.ts';

const usual = { bgpPool: '192.168.10.0/24', routerNetwork: '192.168.11.0/24' };
const used = (...networks: string[]): UsedNetwork[] => networks.map((network) => ({ network, by: `somebody's ${network}` }));
const refusal = (ask: () => unknown): UnavailableError => {
  try {
    ask();
  } catch (error) {
    return error as UnavailableError;
  }
  throw new Error('was not refused');
};

describe("cases 9.10: the router's network and BGP's pool are used by nobody else", () => {
  it('are the usual ones where these are free', () => {
    expect(routedNetworks({}, used('172.18.0.0/16', '10.244.0.0/24', '10.96.0.0/16', '192.168.0.0/23'))).toEqual(usual);
  });

  it.each([
    ['the very network', '192.168.11.0/24'],
    ["a registry's address in it", '192.168.11.77'],
    ['an address with its prefix, as an interface has it', '192.168.11.5/24'],
    ['a part of it', '192.168.11.128/25'],
    ['what it lies in', '192.168.8.0/22'],
  ])('are others where somebody has %s', (_, network) => {
    const { routerNetwork } = routedNetworks({}, used(network));
    expect(overlap(parseNetwork(routerNetwork)!, parseNetwork(network)!)).toBe(false);
    expect(isPrivate(parseNetwork(routerNetwork)!)).toBe(true);
  });

  it('are for benchmarks (RFC 2544) where a VPN routes all that is private (RFC 1918)', () => {
    const { routerNetwork, bgpPool } = routedNetworks({}, used('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'));
    for (const network of [routerNetwork, bgpPool])
      expect(overlap(parseNetwork(network)!, parseNetwork('198.18.0.0/15')!)).toBe(true);
  });

  it('a default route, also one in two halves, is no use of any network', () => {
    expect(routedNetworks({}, used('default', '0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1'))).toEqual(usual);
  });

  it('are those that were asked for, and the other goes round what was asked for', () => {
    expect(routedNetworks({ bgpPool: '10.9.0.0/28' }, [])).toEqual({ ...usual, bgpPool: '10.9.0.0/28' });
    expect(routedNetworks({ bgpPool: '192.168.0.0/16' }, []).routerNetwork).toBe('172.31.255.0/24');
    expect(routedNetworks({ routerNetwork: '192.168.10.0/24' }, []).bgpPool).not.toBe('192.168.10.0/24');
  });

  it.each(['bgpPool', 'routerNetwork'] as const)(
    '%s that is used is refused, naming the network and by whom, with a free one',
    (key) => {
      const error = refusal(() => routedNetworks({ [key]: '192.168.20.0/24' }, used('192.168.16.0/20')));
      expect(error).toBeInstanceOf(UnavailableError);
      expect(error.message).toBe(`cluster.${key} 192.168.20.0/24 overlaps 192.168.16.0/20, which is somebody's 192.168.16.0/20`);
      expect(error.remedy).toContain(usual[key]);
    },
  );

  it('none free is said', () => {
    const all = used('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '198.18.0.0/15');
    expect(refusal(() => routedNetworks({}, all)).message).toMatch(/no private network .* is free/);
  });

  const network = fc
    .tuple(fc.integer({ min: 4, max: 32 }), fc.nat(2 ** 32 - 1))
    .map(([bits, address]) => `${addressText(address)}/${bits}`);

  it('whatever is used, the two are private and overlap neither it nor each other', () => {
    fc.assert(
      fc.property(fc.array(network, { maxLength: 12 }), (networks) => {
        let found: ReturnType<typeof routedNetworks>;
        try {
          found = routedNetworks({}, used(...networks));
        } catch (error) {
          expect(error).toBeInstanceOf(UnavailableError);
          return;
        }
        const [pool, router] = [parseNetwork(found.bgpPool)!, parseNetwork(found.routerNetwork)!];
        expect([isPrivate(pool), isPrivate(router), overlap(pool, router)]).toEqual([true, true, false]);
        for (const one of networks) for (const own of [pool, router]) expect(overlap(own, parseNetwork(one)!)).toBe(false);
      }),
    );
  });

  it('the router and its client have the first two addresses', () => {
    expect(routerLegs('10.9.8.0/30')).toEqual({ router: '10.9.8.1', client: '10.9.8.2' });
  });
});

describe('a network in IPv4', () => {
  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    '256.0.0.0/8',
    '1.2.3.4.5',
    'fc00::/7',
    '10.0.0.0/',
    '',
    ' ',
    '10.0.0.0/8/8',
    '0x0a.0.0.0/8',
  ])('%s is none', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  it('reads what it writes, and an address in it as the network', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 32 }), fc.nat(2 ** 32 - 1), (bits, address) => {
        const read = parseNetwork(`${addressText(address)}/${bits}`)!;
        expect(parseNetwork(networkText(read))).toEqual(read);
        expect(read.first <= address && address < read.first + sizeOf(read)).toBe(true);
      }),
    );
  });
});
