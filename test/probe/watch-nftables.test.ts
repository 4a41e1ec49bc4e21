import { describe, expect, it } from 'vitest';
import { nftablesChains, nftablesEndpoint } from '../../src/cluster/kernel/kube-proxy-names.ts';
import { parseNftTable } from '../../src/probe/nft-table.ts';
import { parseTrace } from '../../src/probe/nft-trace.ts';
import { checkNftables, countTraced } from '../../src/probe/watch-nftables.ts';
import type { Way } from '../../src/probe/way.ts';
import { lbLocal, nodePort, plain, recorded, sticky, ways } from './recorded-rules.ts';

// `nft --json list table ip kube-proxy` of nft 1.0.6, into which the recorded nftables.txt was loaded.
const json = recorded('nftables.json');
const check = (way: Way, text = json) => checkNftables(parseNftTable(text), way, 'n1');
/** The lines of the recording are one object each. */
const changed = (keep: (line: string) => string | undefined): string =>
  json
    .split('\n')
    .flatMap((line) => keep(line) ?? [])
    .join('\n');
const ruleOf = (chain: string) => `"rule": {"family": "ip", "table": "kube-proxy", "chain": "${chain}"`;

describe('rules of mode nftables (kube-proxy v1.34, recorded)', () => {
  it.each(Object.entries(ways))('%s: nothing speaks against what kube-proxy made', (_name, way) => {
    expect(check(way)).toEqual([]);
  });

  it('cases 3: an endpoint that the spread left out, and one whose chain was flushed', () => {
    const { local } = nftablesChains(lbLocal);
    const here = nftablesEndpoint(lbLocal, '10.244.9.31:8080').chain;
    expect(
      check(
        ways.localNodePort,
        changed((line) => (line.includes(ruleOf(local)) ? undefined : line)),
      ),
    ).toEqual([
      expect.objectContaining({
        code: 'endpoint-without-rule',
        node: 'n1',
        service: 'default/lb-local',
        object: { kind: 'chain', name: local },
        endpoint: expect.objectContaining({ pod: 'here' }),
      }),
    ]);
    expect(
      check(
        ways.localNodePort,
        changed((line) => (line.includes(ruleOf(here)) ? undefined : line)),
      ),
    ).toEqual([expect.objectContaining({ code: 'endpoint-without-rule', object: { kind: 'chain', name: here } })]);
  });

  it('cases 3: an element that is missing or leads to another chain', () => {
    const { external, local, service } = nftablesChains(lbLocal);
    expect(
      check(
        ways.nodePort,
        changed((line) => line.replace('["tcp", 30080]', '["tcp", 30089]')),
      ),
    ).toEqual([
      expect.objectContaining({ code: 'entry-missing', where: { kind: 'map', name: 'service-nodeports' }, port: 30080 }),
    ]);
    const swapped = changed((line) =>
      line.includes('"service-ips"') ? line.replaceAll(nftablesChains(plain).service, nftablesChains(nodePort).service) : line,
    );
    expect(check(ways.clusterIp, swapped)).toEqual([
      expect.objectContaining({ code: 'wrong-chain', found: { kind: 'chain', name: nftablesChains(nodePort).service } }),
    ]);
    const spread = changed((line) => (line.includes(ruleOf(external)) ? line.replace(local, service) : line));
    expect(check(ways.localNodePort, spread)).toContainEqual(
      expect.objectContaining({
        code: 'wrong-chain',
        expected: { kind: 'chain', name: local },
        found: { kind: 'chain', name: service },
      }),
    );
  });

  it('cases 3: strangers, remote pods, gaps and rules that do not belong', () => {
    const [here, there] = ['10.244.9.31:8080', '10.244.9.32:8080'].map((to) => nftablesEndpoint(lbLocal, to).chain);
    const { local } = nftablesChains(lbLocal);
    const remote = changed((line) => (line.includes(ruleOf(local)) ? line.replace(here!, there!) : line));
    expect(check(ways.localNodePort, remote).map(({ code }) => code)).toEqual(['endpoint-without-rule', 'remote-endpoint']);
    const stranger = changed((line) => line.replace('"addr": "10.244.9.13"', '"addr": "10.9.9.9"'));
    expect(check(ways.clusterIp, stranger)).toContainEqual(
      expect.objectContaining({ code: 'stranger-endpoint', address: '10.9.9.9:8080' }),
    );
    const { service } = nftablesChains(plain);
    const gap = changed((line) => (line.includes(ruleOf(service)) ? line.replace('"mod": 3', '"mod": 4') : line));
    expect(check(ways.clusterIp, gap)).toEqual([expect.objectContaining({ code: 'uneven-spread' })]);
    const dropping = changed((line) =>
      line.includes(ruleOf(service)) && line.includes('numgen')
        ? `${line}\n{${ruleOf(service)}, "handle": 999, "expr": [{"drop": null}]}},`
        : line,
    );
    expect(check(ways.clusterIp, dropping)).toEqual([expect.objectContaining({ code: 'stranger-rule' })]);
  });

  it('cases 3: session affinity that is not there, and that was not asked for', () => {
    const { service } = nftablesChains(sticky);
    const plainly = changed((line) => (line.includes(ruleOf(service)) && line.includes('affinity-') ? undefined : line));
    expect(check(ways.sticky, plainly)).toEqual([expect.objectContaining({ code: 'affinity-missing' })]);
    expect(check({ ...ways.sticky, affinity: false })).toEqual([expect.objectContaining({ code: 'affinity-unasked' })]);
    const forgetful = changed((line) => (line.includes('"op": "update"') && line.includes('default/sticky') ? undefined : line));
    expect(check(ways.sticky, forgetful)).toEqual([expect.objectContaining({ code: 'affinity-missing' })]);
  });
});

// As `nft monitor` of 1.0.6 prints it.
const traced = (id: string, port: number, ...steps: readonly string[]) => [
  `trace id ${id} ip trafficlab-proof first-packets packet: iif "eth0" ether saddr 02:00:00:00:00:01 ip saddr 172.18.0.5 ip daddr 172.18.0.9 ip ttl 64 tcp sport ${port} tcp dport 30081 tcp flags == syn tcp window 64240 `,
  `trace id ${id} ip trafficlab-proof first-packets unknown rule handle 2 (verdict continue)`,
  `trace id ${id} ip trafficlab-proof first-packets policy accept `,
  `trace id ${id} ip kube-proxy filter-prerouting-pre-dnat rule ct state new jump firewall-check (verdict jump firewall-check)`,
  `trace id ${id} ip kube-proxy filter-prerouting-pre-dnat policy accept `,
  ...steps.map((step) => `trace id ${id} ${step}`),
];
const { external, local } = nftablesChains(lbLocal);
const here = nftablesEndpoint(lbLocal, '10.244.9.31:8080').chain;
const viaLocal = [
  'ip kube-proxy nat-prerouting rule jump services (verdict jump services)',
  `ip kube-proxy services rule ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports (verdict goto ${external})`,
  `ip kube-proxy ${external} rule goto ${local} (verdict goto ${local})`,
  `ip kube-proxy ${local} rule numgen random mod 1 vmap { 0 : goto ${here} } (verdict goto ${here})`,
  `ip kube-proxy ${here} rule meta l4proto tcp dnat to 10.244.9.31:8080 (verdict accept)`,
];
const count = (lines: readonly string[]) => countTraced([...parseTrace(lines).values()], ways.localNodePort, 'n1');

describe('traced connections', () => {
  it('cases 3: a NodePort with policy Local went through the local- chain', () => {
    const { entered, objects, problems } = count([...traced('a1', 40001, ...viaLocal), ...traced('a2', 40002, ...viaLocal)]);
    expect({ entered, problems }).toEqual({ entered: 2, problems: [] });
    expect(objects.map(({ kind, name, moved }) => [kind, name, moved])).toEqual([
      ['map-element', `service-nodeports { tcp . 30081 : goto ${external} }`, 2],
      ['chain', external, 2],
      ['chain', local, 2],
      ['chain', here, 2],
    ]);
  });

  it('cases 3: another table that decides first, and another Service, are named', () => {
    const foreign = traced('a1', 40001, 'ip evil pre rule tcp dport 30081 dnat to 10.0.0.1:80 (verdict accept)');
    expect(count(foreign)).toMatchObject({
      entered: 0,
      problems: [{ code: 'diverted', by: { kind: 'rule', table: 'ip evil', chain: 'pre' }, connections: 1 }],
    });
    const other = nftablesChains(plain).service;
    const shadowed = traced(
      'a1',
      40001,
      `ip kube-proxy services rule ip daddr . meta l4proto . th dport vmap @service-ips (verdict goto ${other})`,
    );
    expect(count(shadowed)).toMatchObject({ entered: 0, problems: [{ code: 'diverted', by: { kind: 'chain', name: other } }] });
  });

  it('cases 3: the chain that spreads over all nodes in the place of the Local one', () => {
    const { service } = nftablesChains(lbLocal);
    const swapped = viaLocal.map((step) => step.replaceAll(local, service));
    expect(count(traced('a1', 40001, ...swapped)).problems).toEqual([
      expect.objectContaining({
        code: 'wrong-chain',
        expected: { kind: 'chain', name: local },
        found: { kind: 'chain', name: service },
      }),
    ]);
  });

  it('a packet that was sent again is the same connection', () => {
    expect(
      parseTrace([...traced('a1', 40001, ...viaLocal), ...traced('a9', 40001, 'ip x y rule drop (verdict drop)')]).get(40001),
    ).toHaveLength(9);
  });
});
