import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/cluster/host.ts';
import { iptablesChains } from '../../src/cluster/proxy-names.ts';
import {
  leadsLoadBalancer,
  readConntrack,
  readIptables,
  readIpvs,
  readNftables,
  readUserspace,
  serviceRules,
  trackedConnections,
} from '../../src/probe/service-rules.ts';
import { empty, lbLocal, nodePort, plain, procIpvs, recorded, service, sticky, tableOf, withCounters } from './recorded-rules.ts';

const stranger = service('stranger', '10.96.100.9', 30099);

/** A node that answers some commands and fails at all others. */
const node = (answers: Readonly<Record<string, string>>): Host => ({
  name: 'n1',
  role: 'worker',
  address: '172.18.0.9',
  exec: async (argv) => {
    const stdout = answers[argv.join(' ')];
    return { exitCode: stdout === undefined ? 1 : 0, stdout: stdout ?? '', stderr: '' };
  },
  lines: async function* () {},
  inNetwork: async () => ({ exitCode: 1, stdout: '', stderr: '' }),
});

describe('iptables', () => {
  const nat = tableOf(recorded('iptables-save.txt'), 'nat');
  const save = withCounters(nat);

  test.each([
    ['a ClusterIP', plain, 3],
    ['a NodePort', nodePort, 2],
    ['a LoadBalancer with local traffic policy', lbLocal, 2],
    ['session affinity, with two rules for each endpoint', sticky, 2],
  ])('%s is found with its endpoints', (_what, ref, endpoints) => {
    expect(readIptables(save, ref)).toMatchObject({ missing: [], endpoints, spread: 0 });
  });

  test('a Service that is not there is missed by name', () => {
    const { missing, endpoints } = readIptables(save, stranger);
    const { service: chain, external } = iptablesChains(stranger);
    expect(missing).toEqual([
      `KUBE-SERVICES has no rule from 10.96.100.9:80 to ${chain}`,
      `chain ${chain} spreads over no endpoint`,
      `KUBE-NODEPORTS has no rule from port 30099 to ${external}`,
    ]);
    expect(endpoints).toBe(0);
  });

  test('without endpoints there is nothing to spread over', () => {
    expect(readIptables(save, empty).missing).toContain(`chain ${iptablesChains(empty).service} spreads over no endpoint`);
  });

  test('rules that were flushed on one node are missed', () => {
    const chain = iptablesChains(plain).service;
    const flushed = save.replaceAll(new RegExp(`^\\[0:0\\] -A ${chain} .*\\n`, 'gm'), '');
    expect(readIptables(flushed, plain).missing).toEqual([`chain ${chain} spreads over no endpoint`]);
  });

  test('new connections are the packets of its own jumps to endpoints, local ones too, and of no other Service', () => {
    const { service: chain, local } = iptablesChains(lbLocal);
    const counted = withCounters(nat, (rule) => {
      if (rule.startsWith(`-A ${chain} `) && rule.includes('-j KUBE-SEP-')) return 3;
      return rule.startsWith(`-A ${local} `) && rule.includes('-j KUBE-SEP-') ? 5 : 1_000;
    });
    expect(readIptables(counted, lbLocal).spread).toBe(2 * 3 + 5);
  });

  test('with a thousand endpoints kube-proxy comments on none of them, and they are found all the same', () => {
    const large = withCounters(tableOf(recorded('large/iptables-save.txt'), 'nat'));
    const ref = service('large', '10.96.200.1', 30101);
    const endpoints = new Set(large.match(new RegExp(`(?<= -A ${iptablesChains(ref).service} .*)-j KUBE-SEP-\\S+$`, 'gm'))).size;
    expect(readIptables(large, ref)).toMatchObject({ missing: [], endpoints });
    expect(endpoints).toBeGreaterThan(1);
  });
});

describe('nftables', () => {
  const table = recorded('nftables.txt');

  test.each([
    ['a ClusterIP', plain, 3],
    ['a NodePort', nodePort, 2],
    ['a LoadBalancer with local traffic policy', lbLocal, 2],
    ['session affinity', sticky, 2],
  ])('%s is found with its endpoints, and nothing counts', (_what, ref, endpoints) => {
    expect(readNftables(table, ref)).toEqual({
      found: [expect.stringContaining(`over ${endpoints} endpoints`)],
      missing: [],
      endpoints,
    });
  });

  test('nft that prints ports by name', () => {
    expect(readNftables(table.replaceAll(' . tcp . 80 :', ' . tcp . http :'), plain).missing).toEqual([]);
  });

  test('a Service that is not there, one without endpoints, and one whose element was deleted', () => {
    expect(readNftables(table, stranger).missing).toHaveLength(3);
    expect(readNftables(table, empty).missing).toEqual([
      'map service-ips has no element for 10.96.100.5:80',
      expect.stringMatching(/^chain service-.*-default\/empty\/tcp\/http is missing or spreads over no endpoint$/),
    ]);
    const without = table.replace(/10\.96\.100\.2 \. tcp \. 80 : goto \S+,\n/, '');
    expect(readNftables(without, nodePort).missing).toEqual(['map service-ips has no element for 10.96.100.2:80']);
  });
});

describe('ipvs', () => {
  const table = procIpvs(recorded('ipvsadm-save.txt'));

  test.each([
    ['a ClusterIP', plain, 3],
    ['a NodePort', nodePort, 2],
    ['session affinity', sticky, 2],
  ])('%s is a virtual server with its real servers, and nothing counts', (_what, ref, endpoints) => {
    expect(readIpvs(table, ref)).toEqual({
      found: [expect.stringContaining(`${endpoints} real servers`)],
      missing: [],
      endpoints,
    });
  });

  test('a virtual server that is not there, and one without real servers', () => {
    expect(readIpvs(table, stranger)).toMatchObject({ missing: ['no virtual server 10.96.100.9:80'], endpoints: 0 });
    expect(readIpvs(table, empty)).toMatchObject({ missing: ['virtual server 10.96.100.5:80 has no real server'], endpoints: 0 });
  });

  test('a virtual server for UDP is not one for TCP', () => {
    const udp = procIpvs('-A -u 10.96.100.1:80 -s rr\n-a -u 10.96.100.1:80 -r 10.244.9.11:8080 -m -w 1\n');
    expect(readIpvs(udp, plain).missing).toEqual(['no virtual server 10.96.100.1:80']);
  });
});

// Written from kube-proxy 1.25 (pkg/proxy/userspace/proxier.go, iptablesContainerPortalArgs); its modules cannot be had to record it.
describe('userspace', () => {
  const save = [
    '*nat',
    ':KUBE-NODEPORT-CONTAINER - [0:0]',
    ':KUBE-PORTALS-CONTAINER - [0:0]',
    ':KUBE-PORTALS-HOST - [0:0]',
    '[2:120] -A KUBE-NODEPORT-CONTAINER -p tcp -m comment --comment "default/node-port:http" -m tcp --dport 30080 -j REDIRECT --to-ports 41427',
    '[3:180] -A KUBE-PORTALS-CONTAINER -d 10.96.100.2/32 -p tcp -m comment --comment "default/node-port:http" -m tcp --dport 80 -j REDIRECT --to-ports 41427',
    '[9:540] -A KUBE-PORTALS-CONTAINER -d 10.96.100.1/32 -p tcp -m comment --comment default/plain:http -m tcp --dport 80 -j REDIRECT --to-ports 36001',
    '[4:240] -A KUBE-PORTALS-HOST -d 10.96.100.2/32 -p tcp -m comment --comment "default/node-port:http" -m tcp --dport 80 -j DNAT --to-destination 172.18.0.9:41427',
    'COMMIT',
  ].join('\n');

  test('a portal leads to the port on which kube-proxy listens, and counts from pods, from the node and from outside', () => {
    expect(readUserspace(save, nodePort)).toMatchObject({
      found: [expect.stringContaining('--to-ports 41427')],
      missing: [],
      spread: 2 + 3 + 4,
    });
    expect(readUserspace(save, plain)).toMatchObject({ missing: [], spread: 9 });
  });

  test('a Service without a portal is missed', () => {
    expect(readUserspace(save, sticky)).toMatchObject({
      missing: ['KUBE-PORTALS-CONTAINER has no portal for 10.96.100.4:80'],
      spread: 0,
    });
  });
});

// nf_conntrack's own format: ct_seq_show, net/netfilter/nf_conntrack_standalone.c.
const tracked = [
  'ipv4     2 tcp      6 86399 ESTABLISHED src=10.244.0.4 dst=10.96.100.1 sport=40001 dport=80 src=10.244.9.11 dst=10.244.0.4 sport=8080 dport=40001 [ASSURED] mark=0 zone=0 use=2',
  'ipv4     2 tcp      6 86398 ESTABLISHED src=10.244.0.4 dst=10.96.100.1 sport=40002 dport=80 packets=6 bytes=420 src=10.244.9.12 dst=172.18.0.9 sport=8080 dport=61001 packets=4 bytes=480 [ASSURED] mark=0 zone=0 use=2',
  'ipv4     2 tcp      6 86399 ESTABLISHED src=10.244.0.4 dst=10.96.100.2 sport=40003 dport=80 src=10.244.9.21 dst=10.244.0.4 sport=8080 dport=40003 mark=0 zone=0 use=2',
  'ipv4     2 tcp      6 src=10.244.0.4 dst=10.96.100.2 sport=40005 dport=80 src=10.244.9.21 dst=10.244.0.4 sport=8080 dport=40005 [OFFLOAD] mark=0 zone=0 use=3',
  'ipv4     2 tcp      6 117 TIME_WAIT src=10.244.0.4 dst=10.96.100.1 sport=40004 dport=80 src=10.244.9.12 dst=10.244.0.4 sport=8080 dport=40004 [ASSURED] mark=0 zone=0 use=2',
  'ipv4     2 tcp      6 118 SYN_SENT src=10.244.0.4 dst=10.96.100.1 sport=40004 dport=80 [UNREPLIED] src=10.244.9.21 dst=10.244.0.4 sport=8080 dport=40004 mark=0 zone=0 use=2',
  'ipv4     2 icmp     1 29 src=10.244.0.4 dst=10.244.9.11 type=8 code=0 id=5 src=10.244.9.11 dst=10.244.0.4 type=0 code=0 id=5 mark=0 zone=0 use=2',
].join('\n');

describe('conntrack', () => {
  test('both tuples of each open connection, whatever else its line holds; what a port was used for before is none', () => {
    expect(readConntrack(tracked)).toEqual([
      { sourcePort: 40001, destination: '10.96.100.1', destinationPort: 80, answeredBy: '10.244.9.11', answeredTo: '10.244.0.4' },
      { sourcePort: 40002, destination: '10.96.100.1', destinationPort: 80, answeredBy: '10.244.9.12', answeredTo: '172.18.0.9' },
      { sourcePort: 40003, destination: '10.96.100.2', destinationPort: 80, answeredBy: '10.244.9.21', answeredTo: '10.244.0.4' },
      { sourcePort: 40005, destination: '10.96.100.2', destinationPort: 80, answeredBy: '10.244.9.21', answeredTo: '10.244.0.4' },
    ]);
  });

  const ends = [40001, 40002, 40003, 40004].map((localPort) => ({ localAddress: '10.244.0.4', localPort }));
  const destination = { address: '10.96.100.1', port: 80 };
  const ports = async (host: Host) => (await trackedConnections(host, ends, destination)).map(({ sourcePort }) => sourcePort);

  test("only the client's own connections to that very address and port count", async () => {
    expect(await ports(node({ 'cat /proc/net/nf_conntrack': tracked }))).toEqual([40001, 40002]);
  });

  test('where the kernel shows no table, conntrack is asked', async () => {
    const listed = tracked.replaceAll(/^ipv4 {5}2 /gm, '');
    expect(await ports(node({ 'conntrack -L -p tcp --orig-dst 10.96.100.1': listed }))).toEqual([40001, 40002]);
    expect(await ports(node({}))).toEqual([]);
  });
});

test.each([
  ['iptables', 'iptables-save --counters --table nat', withCounters(tableOf(recorded('iptables-save.txt'), 'nat'))],
  ['nftables', 'nft list table ip kube-proxy', recorded('nftables.txt')],
  ['ipvs', 'cat /proc/net/ip_vs', procIpvs(recorded('ipvsadm-save.txt'))],
] as const)('%s rules are read from the node by: %s', async (mode, command, text) => {
  expect(await serviceRules(node({ [command]: text }), mode, plain)).toMatchObject({ missing: [], endpoints: 3 });
  expect((await serviceRules(node({}), mode, plain)).missing).not.toEqual([]);
});

test.each([
  ['iptables', withCounters(tableOf(recorded('iptables-save.txt'), 'nat'))],
  ['nftables', recorded('nftables.txt')],
  ['ipvs', procIpvs(recorded('ipvsadm-save.txt'))],
] as const)("%s: a LoadBalancer's address is found among the rules, and no other", (mode, text) => {
  expect(leadsLoadBalancer(mode, text, { ...lbLocal, loadBalancerIP: '172.18.255.201' })).toBe(true);
  expect(leadsLoadBalancer(mode, text, { ...lbLocal, loadBalancerIP: '172.18.255.2' })).toBe(false);
  expect(leadsLoadBalancer(mode, text, lbLocal)).toBe(false);
});
