import { describe, expect, it } from 'vitest';
import { allocate, bgpPool, l2Pool } from '../../../src/cluster/addresses/address-pool.ts';
import { UnavailableError } from '../../../src/errors.ts';

const network = '172.18.0.0/16';

describe('the pool for l2', () => {
  it('is a free slice at the upper end of the network, without the broadcast address', () => {
    const pool = l2Pool({ network, taken: ['172.18.0.2', '172.18.254.1'] });
    expect(pool.cidr).toBe('172.18.255.224/28');
    expect(pool.addresses).toHaveLength(16);
  });

  it('goes round addresses that are taken, and fits into a small network', () => {
    expect(l2Pool({ network, taken: ['172.18.255.230'] }).cidr).toBe('172.18.255.208/28');
    expect(l2Pool({ network: '10.0.0.0/28', taken: ['10.0.0.2'] }).cidr).toBe('10.0.0.8/30');
  });

  it('is the one asked for, without the addresses of the network itself', () => {
    expect(l2Pool({ network, taken: [], asked: '172.18.255.248/29' }).addresses).not.toContain('172.18.255.255');
    expect(l2Pool({ network, taken: [], asked: '172.18.9.9/32' }).addresses).toEqual(['172.18.9.9']);
  });

  it.each([
    ['10.1.0.0/24', /10\.1\.0\.0\/24 is outside the cluster's network 172\.18\.0\.0\/16/],
    ['172.16.0.0/12', /outside/],
    ['172.18.0.0/28', /contains 172\.18\.0\.2/],
    ['nonsense', /"nonsense" is not an IPv4 network/],
  ])('refuses %s, and names one that would do', (asked, message) => {
    const refused = () => l2Pool({ network, taken: ['172.18.0.2'], asked });
    expect(refused).toThrow(UnavailableError);
    expect(refused).toThrow(message);
    try {
      refused();
    } catch (error) {
      expect((error as UnavailableError).remedy).toContain('172.18.255.224/28');
    }
  });

  it('says so when a network is full', () => {
    expect(() => l2Pool({ network: '10.0.0.0/30', taken: ['10.0.0.1', '10.0.0.2'] })).toThrow(/no free part/);
  });
});

it('gives LoadBalancers addresses in order, and refuses more than there are', () => {
  const pool = l2Pool({ network, taken: [], asked: '172.18.9.0/31' });
  expect([...allocate(pool, ['echo-l2'])]).toEqual([['echo-l2', '172.18.9.0']]);
  expect(() => allocate(pool, ['a', 'b', 'c'])).toThrow(/exhausted: it has 2 addresses for 3 LoadBalancers \(a, b, c\)/);
});

it('keeps addresses that are announced by BGP out of any network of the nodes', () => {
  expect(bgpPool('192.168.10.0/24').addresses[0]).toBe('192.168.10.1');
});

it('clusters that share a network have slices of their own', () => {
  const slices = [2, 3, 4].map((number) => l2Pool({ network: '172.18.0.0/16', taken: [], number }).cidr);
  expect(slices).toEqual(['172.18.255.192/28', '172.18.255.176/28', '172.18.255.160/28']);
});
