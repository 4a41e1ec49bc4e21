import { describe, expect, it } from 'vitest';
import { servicesInOrder } from '../../../../src/cluster/netns/proxy/order.ts';
import { recorded } from './support/recorded.ts';

describe('servicesInOrder', () => {
  const saved = recorded('iptables-save.txt');

  it('reads the order of the kernel, not that of names', () => {
    const positions = servicesInOrder(saved);
    expect(positions.map(({ service }) => service)).toEqual([
      'default/dns-like:udp',
      'default/dns-like:tcp',
      'default/node-port:http',
      'default/kubernetes:https',
      'default/plain:http',
      'default/lb-local:http',
      'default/sticky:http',
    ]);
    expect(positions.at(0)).toEqual({ service: 'default/dns-like:udp', rule: 0, chain: 'KUBE-SVC-BYYGRK5T4Y73LMTF' });
  });

  it('counts the rules in between that lead elsewhere', () => {
    // The rule for the load balancer's address stands between lb-local and sticky.
    const rules = new Map(servicesInOrder(saved).map(({ service, rule }) => [service, rule]));
    expect([rules.get('default/lb-local:http'), rules.get('default/sticky:http')]).toEqual([5, 7]);
  });

  it('reads text with counters, of one table, and of none', () => {
    const counted = saved.replaceAll(/^-A/gm, '[12:720] -A');
    expect(servicesInOrder(counted)).toEqual(servicesInOrder(saved));
    expect(servicesInOrder(saved.slice(saved.indexOf('*nat')))).toEqual(servicesInOrder(saved));
    expect(servicesInOrder('')).toEqual([]);
  });
});
