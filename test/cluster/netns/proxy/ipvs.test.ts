import type { V1Service } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import type { ProxyConfig } from '../../../../src/cluster/netns/proxy/config.ts';
import { createProxier, proxySysctls } from '../../../../src/cluster/netns/proxy/proxier.ts';
import { recordedConfig, recordedObjects } from './support/recorded.ts';

// What the given recording of mode ipvs does not show, by the source (pkg/proxy/ipvs/proxier.go, v1.34.4).

const broad = recordedObjects('broad/objects.yaml');
const made = (names: readonly string[], config: ProxyConfig = recordedConfig) => {
  const services = broad.services.filter(({ metadata }) => names.includes(metadata!.name!));
  const programs = createProxier('ipvs', config).replace({ ...broad, services });
  const of = (tool: string) => programs.filter(({ argv }) => argv[0] === tool).flatMap(({ input }) => input.trim().split('\n'));
  return {
    servers: of('ipvsadm'),
    sets: of('ipset').filter((line) => line.startsWith('add')),
    addresses: of('ip'),
    rules: of('iptables-restore'),
  };
};

describe('mode ipvs', () => {
  it('asks in SCTP by address and port, since a bitmap has no protocol', () => {
    const { sets, servers } = made(['np']);
    expect(sets).toContain('add KUBE-NODE-PORT-SCTP-HASH 172.18.0.9,sctp:30101');
    expect(sets).toContain('add KUBE-NODE-PORT-UDP 30101');
    expect(servers).toContain('-A --sctp-service 172.18.0.9:30101 -s rr');
  });

  it('lets policy Local without a local endpoint fall back to all of them', () => {
    expect(made(['np-local-away']).servers).toContain('-a -t 172.18.0.9:30103 -r 10.244.9.36:8080 -m -w 1');
    // With internal policy Local and nothing external there is nothing to fall back to.
    expect(made(['itp-away']).servers.filter((line) => line.startsWith('-a'))).toEqual([]);
  });

  it('filters by source ranges, and keeps the node from an address that they deny it', () => {
    const denied = made(['lb-ranges']);
    expect(denied.sets).toContain('add KUBE-LOAD-BALANCER-SOURCE-CIDR 172.18.255.6,tcp:80,192.168.0.0/16');
    expect(denied.rules).toContain(
      '-A KUBE-IPVS-OUT-FILTER -s 172.18.255.6 -m ipvs --vaddr 172.18.255.6 --vproto tcp --vport 80 -j DROP',
    );
    const allowed = made(['lb-ranges-node']);
    expect(allowed.sets).toContain('add KUBE-LOAD-BALANCER-SOURCE-IP 172.18.255.8,tcp:80,172.18.255.8');
    expect(allowed.rules.some((rule) => rule.includes('KUBE-IPVS-OUT-FILTER -s'))).toBe(false);
  });

  it('marks external addresses by policy', () => {
    const { sets, rules } = made(['ext', 'ext-local']);
    expect(sets).toContain('add KUBE-EXTERNAL-IP 203.0.113.1,tcp:80');
    expect(sets).toContain('add KUBE-EXTERNAL-IP-LOCAL 203.0.113.3,tcp:80');
    const marked = rules.filter((rule) => /match-set KUBE-EXTERNAL-IP\S* .*KUBE-MARK-MASQ/.test(rule));
    expect(marked).toEqual([
      '-A KUBE-SERVICES -m comment --comment "Kubernetes service external ip + port for masquerade and filter purpose" -m set --match-set KUBE-EXTERNAL-IP dst,dst -j KUBE-MARK-MASQ',
    ]);
  });

  it('leaves an address alone that another interface of the node has', () => {
    const addresses = ['172.18.0.9', '203.0.113.1'];
    const config = { ...recordedConfig, node: { ...recordedConfig.node, addresses } };
    expect(made(['ext'], config).addresses).not.toContain('addr add 203.0.113.1/32 dev kube-ipvs0');
    expect(made(['ext']).addresses).toContain('addr add 203.0.113.1/32 dev kube-ipvs0');
  });

  it('serves a NodePort on every address of the node, or on those asked for', () => {
    const node = { ...recordedConfig.node, addresses: ['172.18.0.9', '10.244.1.1'] };
    const on = (config: ProxyConfig) => made(['ext-np'], config).servers.filter((line) => /^-A .*:30106/.test(line));
    expect(on({ ...recordedConfig, node })).toEqual(['-A -t 172.18.0.9:30106 -s rr', '-A -t 10.244.1.1:30106 -s rr']);
    expect(on({ ...recordedConfig, node, nodePortAddresses: ['primary'] })).toEqual(['-A -t 172.18.0.9:30106 -s rr']);
  });

  it('takes schedulers, persistence and changes of both', () => {
    expect(made(['sticky'], { ...recordedConfig, scheduler: 'mh' }).servers[0]).toMatch(/ -s mh -p 10800 -b mh-port$/);
    const proxier = createProxier('ipvs', recordedConfig);
    const sticky = broad.services.find(({ metadata }) => metadata!.name === 'sticky') as V1Service;
    proxier.replace({ ...broad, services: [sticky] });
    const plain = { ...sticky, spec: { ...sticky.spec, sessionAffinity: 'None' } };
    const [program] = proxier.apply({ upserted: { services: [plain] } });
    expect(program).toEqual({ argv: ['ipvsadm', '-R'], input: `-E -t ${sticky.spec!.clusterIP}:80 -s rr\n` });
  });
});

describe('proxySysctls', () => {
  it('opens 127.0.0.0/8 only where NodePorts answer there', () => {
    expect(proxySysctls('iptables', recordedConfig)).toEqual({ 'net.ipv4.conf.all.route_localnet': '1' });
    expect(proxySysctls('iptables', { ...recordedConfig, nodePortAddresses: ['primary'] })).toEqual({});
    expect(proxySysctls('nftables', recordedConfig)).toEqual({});
  });
});
