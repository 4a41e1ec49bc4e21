import { describe, expect, it } from 'vitest';
import { iptablesChains, iptablesEndpointChain } from '../../src/cluster/kernel/kube-proxy-names.ts';
import { parseIptablesSave } from '../../src/probe/iptables-save.ts';
import { checkIptables, countIptables } from '../../src/probe/watch-iptables.ts';
import type { Way } from '../../src/probe/way.ts';
import { lbLocal, nodePort, plain, recorded, sticky, tableOf, ways, withCounters } from './recorded-rules.ts';

const save = tableOf(recorded('iptables-save.txt'), 'nat');
const table = (text: string, packets: (rule: string) => number = () => 0) => parseIptablesSave(withCounters(text, packets))!;
const check = (way: Way, text = save) => checkIptables(table(text), way, 'n1');
const without = (...patterns: RegExp[]) => patterns.reduce((text, pattern) => text.replace(pattern, ''), save);
const line = (pattern: string) => new RegExp(`^-A ${pattern}.*\\n`, 'm');

describe('rules of mode iptables (kube-proxy v1.34, recorded)', () => {
  it.each(Object.entries(ways))('%s: nothing speaks against what kube-proxy made', (_name, way) => {
    expect(check(way)).toEqual([]);
  });

  it.each([
    [
      'its jump in KUBE-SVL',
      line(`${iptablesChains(lbLocal).local} `),
      ways.localNodePort,
      'here',
      iptablesChains(lbLocal).local,
    ],
    [
      'its jump in KUBE-SVC',
      line(`${iptablesChains(nodePort).service} .*10.244.9.22`),
      ways.nodePort,
      'node-port-22',
      iptablesChains(nodePort).service,
    ],
    [
      'the DNAT rule of its own chain',
      line(`${iptablesEndpointChain(nodePort, '10.244.9.22:8080')} .*-j DNAT`),
      ways.nodePort,
      'node-port-22',
      iptablesEndpointChain(nodePort, '10.244.9.22:8080'),
    ],
  ])("cases 3: an endpoint's rule was deleted: %s is named with the endpoint", (_what, pattern, way, pod, chain) => {
    const problems = check(way, without(pattern));
    expect(problems).toContainEqual(
      expect.objectContaining({
        code: 'endpoint-without-rule',
        node: 'n1',
        service: `default/${way.service.name}`,
        object: { kind: 'chain', name: chain },
        endpoint: expect.objectContaining({ pod }),
      }),
    );
  });

  it('cases 3: entry rules that are missing, shadowed, or lead to another chain', () => {
    expect(check(ways.nodePort, without(/^-A KUBE-NODEPORTS (?!-d).*--dport 30080.*\n/m))).toEqual([
      expect.objectContaining({ code: 'entry-missing', where: { kind: 'chain', name: 'KUBE-NODEPORTS' }, port: 30080 }),
    ]);
    const shadow = (rule: string) => save.replace(/^-A KUBE-SERVICES/m, `-A KUBE-SERVICES ${rule}\n-A KUBE-SERVICES`);
    const other = `-d ${plain.clusterIP}/32 -p tcp -m tcp --dport 80 -j ${iptablesChains(nodePort).service}`;
    expect(check(ways.clusterIp, shadow(other))).toEqual([
      expect.objectContaining({
        code: 'wrong-chain',
        from: { kind: 'chain', name: 'KUBE-SERVICES' },
        found: { kind: 'target', name: iptablesChains(nodePort).service },
      }),
    ]);
    const dnat = `-d ${plain.clusterIP}/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1:80`;
    expect(check(ways.clusterIp, shadow(dnat))).toEqual([
      expect.objectContaining({ code: 'wrong-chain', found: { kind: 'target', name: 'DNAT' } }),
    ]);
    // Policy Local that is not heeded: what comes from outside is spread over all nodes.
    const { external, local, service } = iptablesChains(lbLocal);
    expect(check(ways.localNodePort, save.replace(`-A ${external} -j ${local}`, `-A ${external} -j ${service}`))).toContainEqual(
      expect.objectContaining({
        code: 'wrong-chain',
        from: { kind: 'chain', name: external },
        expected: { kind: 'chain', name: local },
        found: { kind: 'target', name: service },
      }),
    );
  });

  it('cases 3: a rule in front of the one that leads to the Local chain', () => {
    const { external, local, service } = iptablesChains(lbLocal);
    const front = save.replace(`-A ${external} -j ${local}`, `-A ${external} -j ${service}\n-A ${external} -j ${local}`);
    expect(check(ways.localNodePort, front)).toEqual([
      expect.objectContaining({
        code: 'wrong-chain',
        from: { kind: 'chain', name: external },
        expected: { kind: 'chain', name: local },
        found: { kind: 'target', name: service },
      }),
    ]);
  });

  it('cases 3: a Local chain that leads to a pod on another node, a chain that leads to a stranger', () => {
    const { local } = iptablesChains(lbLocal);
    const there = `-A ${local} -j ${iptablesEndpointChain(lbLocal, '10.244.9.32:8080')}\n`;
    const half = save.replace(
      line(`${local} `),
      (rule) => rule.replace(' -j ', ' -m statistic --mode random --probability 0.50000000000 -j ') + there,
    );
    expect(check(ways.localNodePort, half)).toEqual([
      expect.objectContaining({ code: 'remote-endpoint', endpoint: expect.objectContaining({ pod: 'there' }) }),
    ]);
    expect(check(ways.clusterIp, save.replaceAll('--to-destination 10.244.9.13:8080', '--to-destination 10.9.9.9:8080'))).toEqual(
      [
        expect.objectContaining({ code: 'endpoint-without-rule', endpoint: expect.objectContaining({ pod: 'plain-13' }) }),
        expect.objectContaining({ code: 'stranger-endpoint', address: '10.9.9.9:8080' }),
      ],
    );
    const { service } = iptablesChains(plain);
    expect(
      check(
        ways.clusterIp,
        save.replace(line(`${service} `), `-A ${service} -p tcp -j DNAT --to-destination 10.244.9.11:8080\n$&`),
      ),
    ).toEqual([expect.objectContaining({ code: 'stranger-rule', object: { kind: 'chain', name: service } })]);
  });

  it('cases 3: shares that are not equal', () => {
    expect(check(ways.clusterIp, save.replace('--probability 0.33333333349', '--probability 0.90000000000'))).toEqual([
      expect.objectContaining({ code: 'uneven-spread' }),
    ]);
  });

  it('cases 3: session affinity that is not there, and that was not asked for', () => {
    const { service } = iptablesChains(sticky);
    const plainly = save.replaceAll(new RegExp(`^-A ${service} .*--rcheck.*\\n`, 'gm'), '');
    expect(check(ways.sticky, plainly)).toEqual([expect.objectContaining({ code: 'affinity-missing' })]);
    expect(check({ ...ways.sticky, affinity: false })).toEqual([expect.objectContaining({ code: 'affinity-unasked' })]);
  });

  it('with a thousand endpoints kube-proxy comments on none of them, and they are found all the same', () => {
    const large = tableOf(recorded('large/iptables-save.txt'), 'nat');
    const destinations = [...large.matchAll(/^-A KUBE-SEP-.*default\/large.*--to-destination (\S+):(\d+)/gm)];
    const anonymous = [...large.matchAll(/--to-destination (10\.\S+):(\d+)/g)];
    const endpoints = (destinations.length > 0 ? destinations : anonymous).map(([, address, port], index) => ({
      pod: `pod-${index}`,
      node: 'elsewhere',
      address: address!,
      port: Number(port),
    }));
    const service = { ...plain, name: 'large', clusterIP: '10.96.200.1' };
    const chain = iptablesChains(service).service;
    const own = endpoints.filter(({ address, port }) =>
      large.includes(`:${iptablesEndpointChain(service, `${address}:${port}`)} `),
    );
    expect(own.length).toBeGreaterThan(1);
    const way: Way = { ...ways.clusterIp, service, address: '10.96.200.1', endpoints: own, affinity: true };
    expect(check(way, large)).toEqual([]);
    expect(check(way, large.replace(new RegExp(`^-A ${chain} .*-j KUBE-SEP.*\\n`, 'm'), ''))).not.toEqual([]);
  });
});

/** How often each rule of a way was met, as the kernel counts. */
const flow = (counts: Readonly<Record<string, number>>) => (rule: string) =>
  Object.entries(counts).find(([pattern]) => new RegExp(`^-A ${pattern}`).test(rule))?.[1] ?? 0;

describe('counters of mode iptables', () => {
  const { external, local, service } = iptablesChains(lbLocal);
  const [here, there] = ['10.244.9.31:8080', '10.244.9.32:8080'].map((to) => iptablesEndpointChain(lbLocal, to));
  const viaLocal = {
    'PREROUTING ': 12,
    'KUBE-SERVICES .*-j KUBE-NODEPORTS': 12,
    'KUBE-NODEPORTS (?!-d).*--dport 30081': 12,
    [`${external} -j ${local}`]: 12,
    [`${local} .*-j ${here}`]: 12,
    [`${here} .*-j DNAT`]: 12,
  };
  const count = (after: Readonly<Record<string, number>>, way: Way = ways.localNodePort, sent = 12) =>
    countIptables(table(save), table(save, flow(after)), way, { node: 'n1', sent });

  it('cases 3: a NodePort with policy Local went through KUBE-EXT and KUBE-SVL, not KUBE-SVC', () => {
    const { objects, ...counted } = count(viaLocal);
    expect(counted).toEqual({ entered: 12, led: new Map([['10.244.9.31:8080', 12]]), problems: [] });
    expect(objects.map(({ kind, name, moved }) => [kind, name.split(' ')[0], moved])).toEqual([
      ['rule', 'KUBE-NODEPORTS', 12],
      ['chain', external, 12],
      ['chain', local, 12],
      ['chain', here, 12],
    ]);
  });

  it('cases 3: counted by the chain that spreads over all nodes, policy Local is not kept', () => {
    const { problems } = count({
      ...viaLocal,
      [`${external} -j ${local}`]: 0,
      [`${external} .*LOCAL.* -j ${service}`]: 12,
      [`${service} .*-j ${there}`]: 12,
      [`${there} .*-j DNAT`]: 12,
    });
    expect(problems).toContainEqual(
      expect.objectContaining({
        code: 'wrong-chain',
        expected: { kind: 'chain', name: local },
        found: { kind: 'chain', name: service },
      }),
    );
  });

  it('cases 3: connections that vanish between chains, and counters that began again', () => {
    expect(count({ ...viaLocal, [`${here} .*-j DNAT`]: 10 }).problems).toEqual([
      expect.objectContaining({ code: 'miscounted', expected: 12, counted: 10 }),
    ]);
    const reset = countIptables(
      table(save, flow({ ...viaLocal, 'KUBE-NODEPORTS (?!-d).*--dport 30081': 40 })),
      table(save, flow(viaLocal)),
      ways.localNodePort,
      {
        node: 'n1',
        sent: 12,
      },
    );
    expect(reset.problems).toContainEqual(expect.objectContaining({ code: 'counters-reset' }));
  });

  it('cases 3: a rule before the own one that takes connections is named', () => {
    const rule = 'PREROUTING -p tcp -m tcp --dport 30081 -j DNAT --to-destination 10.0.0.1:80';
    const text = save.replace(/^-A PREROUTING/m, `-A ${rule}\n-A PREROUTING`);
    const { entered, problems } = countIptables(table(text), table(text, flow({ 'PREROUTING -p tcp': 12 })), ways.localNodePort, {
      node: 'n1',
      sent: 12,
    });
    expect(entered).toBe(0);
    expect(problems).toEqual([
      expect.objectContaining({ code: 'diverted', by: { kind: 'rule', rule: `-A ${rule}` }, connections: 12 }),
    ]);
  });

  it("another Service's traffic moves nothing of this one", () => {
    const other = iptablesChains(plain).service;
    expect(count({ [`KUBE-SERVICES .*-j ${other}`]: 9, [`${other} .*SEP`]: 9 }, ways.localNodePort, 0)).toEqual({
      entered: 0,
      objects: [],
      led: new Map(),
      problems: [],
    });
  });
});
