import { describe, expect, it, test } from 'vitest';
import { analyseRun } from '../../src/compare/run.ts';
import { seriesNames } from '../../src/lab/series.ts';
import { renderRun } from '../../src/report/text.ts';
import type { CarrierUse, UnknownCarriers } from '../../src/results/schema.ts';
import { family, scenario, simulate } from './simulate.ts';

const used = (component: string, node: string, ms: number, kind: CarrierUse['kind'] = 'process'): CarrierUse => ({
  component,
  node,
  kind,
  cpuNs: ms * 1e6,
});

test('the processes that carried the traffic are named with their CPU per 1,000 requests; one that was only alive is not', () => {
  const scenarios = [scenario('userspace', 'pod'), scenario('userspace', 'cluster-ip')];
  const run = simulate([family(scenarios)], {}, ({ topology }) => ({
    requests: 2_000,
    durationMs: 200, // beside 100 ms of warm-up, so two thirds of the CPU are the window's
    carriers: [used('userspace-proxy', 'worker', topology.entry === 'pod' ? 1 : 300), used('userspace-proxy', 'idle', 0.5)],
  }));
  const text = renderRun(run, { colour: false });
  expect(text).toContain('- userspace, pod IP: keep-alive none');
  expect(text).toContain('- userspace, ClusterIP: keep-alive userspace-proxy 100 ms\n');
});

describe('cases 9.8: carriers of one component are told together', () => {
  const said = (carriers: readonly CarrierUse[], carriersUnknown: readonly UnknownCarriers[] = []) => {
    const run = simulate([family([scenario('nftables', 'cluster-ip')])], {}, () => ({
      requests: 1_000,
      durationMs: 200,
      loadMs: 200,
      ...(carriers.length > 0 ? { carriers: [...carriers] } : {}),
      ...(carriersUnknown.length > 0 ? { carriersUnknown: [...carriersUnknown] } : {}),
    }));
    return renderRun(run, { colour: false }).replaceAll('\n  ', ' ');
  };

  it.each([
    ['a proxy on two nodes', used('nginx', 'worker', 40), used('nginx', 'worker2', 60), 'nginx 100 ms on 2 nodes'],
    ['two components', used('nginx', 'worker', 40), used('haproxy', 'worker', 60), 'nginx 40.0 ms, haproxy 60.0 ms'],
    [
      'k3s and a thread of the kernel',
      used('k3s', 'agent-0', 40),
      used('ksoftirqd', 'agent-0', 60, 'kernel-thread'),
      'k3s (with the kubelet and the control plane) 40.0 ms, ksoftirqd (kernel thread) 60.0 ms',
    ],
  ])('%s', (_, one, two, words) => {
    expect(said([one, two])).toContain(`- nftables, ClusterIP: keep-alive ${words}\n`);
  });

  it('a node that cannot be read is unknown, not zero', () => {
    const unknown = [{ node: 'worker', unknown: 'node-closed' as const }];
    expect(said([], unknown)).toContain('keep-alive unknown on worker: trafficlab may not run commands on the node\n');
    expect(said([used('nginx', 'worker2', 40)], unknown)).toContain('keep-alive nginx 40.0 ms, unknown on worker: ');
  });
});

test('a run without carriers has no such section', () => {
  const run = simulate([family([scenario('iptables-nft', 'cluster-ip')])], {}, () => ({}));
  expect(renderRun(run, { colour: false })).not.toContain('carried the traffic');
});

describe('cases 9.2: CPU of carriers is scaled by the time that its load ran', () => {
  const carried = (loadMs: number | undefined) => {
    const run = simulate([family([scenario('userspace', 'cluster-ip')], { series: seriesNames })], {}, () => ({
      requests: 1_000,
      durationMs: 100,
      carriers: [used('userspace-proxy', 'worker', 500)],
      ...(loadMs === undefined ? {} : { loadMs }),
    }));
    expect(run.plan.lab.load.warmup, 'seconds of warm-up that the plan asks for').toBe(0.1);
    const { tables } = analyseRun(run).families[0]!;
    return Object.fromEntries(tables.map(({ series, cells }) => [series, cells[0]!.figures!.carriers![0]!.cpuMs]));
  };

  it.each(seriesNames)('%s: what was recorded counts, whatever warm-up the plan asks for', (series) => {
    expect(carried(100)[series]).toBe(500);
    expect(carried(400)[series]).toBe(125);
  });

  it.each([
    ['keep-alive', 250],
    ['new-connection', 250],
    ['first-packet', 500],
  ] as const)('%s: a run that did not record it had a warm-up, except for first packets', (series, ms) => {
    expect(carried(undefined)[series]).toBe(ms);
  });
});
