import { describe, expect, it } from 'vitest';
import {
  iptablesChains,
  iptablesEndpointChain,
  nftablesChains,
  nftablesEndpoint,
  servicePortName,
} from '../../../src/cluster/kernel/kube-proxy-names.ts';

// Names that the real kube-proxy v1.34.4 gave: test/fixtures/kube-proxy-rules.
const lb = { namespace: 'default', name: 'lb-local', portName: 'http' };
const dns = { namespace: 'default', name: 'dns-like', portName: 'udp', protocol: 'UDP' };

describe('names of kube-proxy', () => {
  it('are those of mode iptables', () => {
    expect(iptablesChains(lb)).toEqual({
      service: 'KUBE-SVC-36SRL3I7JZKMDG5Q',
      local: 'KUBE-SVL-36SRL3I7JZKMDG5Q',
      external: 'KUBE-EXT-36SRL3I7JZKMDG5Q',
      firewall: 'KUBE-FW-36SRL3I7JZKMDG5Q',
    });
    expect(iptablesChains(dns).service).toBe('KUBE-SVC-BYYGRK5T4Y73LMTF');
    expect(iptablesEndpointChain(lb, '10.244.9.31:8080')).toBe('KUBE-SEP-FC23YHNXE5UPIGJI');
    expect(iptablesEndpointChain(dns, '10.244.9.61:5353')).toBe('KUBE-SEP-HCDKEGCR4VMHMABP');
  });

  it('are those of mode nftables', () => {
    expect(nftablesChains(lb).external).toBe('external-KFCEHOL4-default/lb-local/tcp/http');
    expect(nftablesEndpoint(dns, '10.244.9.61:5353').chain).toBe('endpoint-JQEQPAMT-default/dns-like/udp/udp__10.244.9.61/5353');
    expect(nftablesEndpoint({ namespace: 'default', name: 'sticky', portName: 'http' }, '10.244.9.42:8080').affinitySet).toBe(
      'affinity-NRRSWBYG-default/sticky/tcp/http__10.244.9.42/8080',
    );
  });

  it('leave an absent port name out', () => {
    expect(servicePortName({ namespace: 'a', name: 'b' })).toBe('a/b');
    expect(nftablesChains({ namespace: 'a', name: 'b' }).service).toMatch(/^service-[A-Z2-7]{8}-a\/b\/tcp\/$/);
  });
});
