import { describe, expect, it } from 'vitest';
import { contains, networkText, parseAddress, parseCidr } from '../../../src/cluster/addresses/ipv4-network.ts';

describe('parseAddress', () => {
  it.each([
    ['10.96.0.1', '10.96.0.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['010.096.000.001', '10.96.0.1'],
    ['255.255.255.255', '255.255.255.255'],
  ])('reads %s as %s', (text, address) => expect(parseAddress(text)).toBe(address));

  it.each(['', '10.96.0', '10.96.0.', '10.96.0.1.2', '10..0.1', '10.96.0.256', 'fd00::1', ' 10.96.0.1', '10.96.0.1/32'])(
    'refuses %j',
    (text) => expect(parseAddress(text)).toBeUndefined(),
  );
});

describe('parseCidr', () => {
  it('clears host bits and tells what is inside', () => {
    const cidr = parseCidr(' 192.168.77.3/16 ')!;
    expect([networkText(cidr), cidr.bits]).toEqual(['192.168.0.0/16', 16]);
    expect([contains(cidr, '192.168.255.255'), contains(cidr, '192.169.0.0'), contains(cidr, 'none')]).toEqual([
      true,
      false,
      false,
    ]);
  });
  it('knows the networks of all and of one', () => {
    expect(networkText(parseCidr('1.2.3.4/0')!)).toBe('0.0.0.0/0');
    expect(contains(parseCidr('0.0.0.0/0')!, '255.1.2.3')).toBe(true);
    expect(contains(parseCidr('1.2.3.4/32')!, '1.2.3.4')).toBe(true);
  });
  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/8'])('refuses %j', (text) =>
    expect(parseCidr(text)).toBeUndefined(),
  );
});
