import { describe, expect, it } from 'vitest';
import { parseCidr, parseIpv4 } from '../../../../src/cluster/netns/proxy/ipv4.ts';

describe('parseIpv4', () => {
  it.each([
    ['10.96.0.1', '10.96.0.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['010.096.000.001', '10.96.0.1'],
    ['255.255.255.255', '255.255.255.255'],
  ])('reads %s as %s', (text, address) => expect(parseIpv4(text)).toBe(address));

  it.each(['', '10.96.0', '10.96.0.', '10.96.0.1.2', '10..0.1', '10.96.0.256', 'fd00::1', ' 10.96.0.1', '10.96.0.1/32'])(
    'refuses %j',
    (text) => expect(parseIpv4(text)).toBeUndefined(),
  );
});

describe('parseCidr', () => {
  it('clears host bits and tells what is inside', () => {
    const cidr = parseCidr(' 192.168.77.3/16 ')!;
    expect([cidr.text, cidr.bits]).toEqual(['192.168.0.0/16', 16]);
    expect([cidr.contains('192.168.255.255'), cidr.contains('192.169.0.0'), cidr.contains('none')]).toEqual([true, false, false]);
  });
  it('knows the networks of all and of one', () => {
    expect(parseCidr('1.2.3.4/0')!.text).toBe('0.0.0.0/0');
    expect(parseCidr('0.0.0.0/0')!.contains('255.1.2.3')).toBe(true);
    expect(parseCidr('1.2.3.4/32')!.contains('1.2.3.4')).toBe(true);
  });
  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/8'])('refuses %j', (text) =>
    expect(parseCidr(text)).toBeUndefined(),
  );
});
