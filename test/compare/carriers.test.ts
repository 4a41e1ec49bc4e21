import { describe, expect, it, test } from 'vitest';
import { analyseRun } from '../../src/compare/run.ts';
import { seriesNames } from '../../src/lab/series.ts';
import { renderRun } from '../../src/report/text.ts';
import type { CarrierOf } from '../../src/results/schema.ts';
import { family, scenario, simulate } from './simulate.ts';

test('the processes that carried the traffic are named with their CPU per 1,000 requests; one that was only alive is not', () => {
  const scenarios = [scenario('userspace', 'pod'), scenario('userspace', 'cluster-ip')];
  const run = simulate([family(scenarios)], {}, ({ topology }) => ({
    requests: 2_000,
    durationMs: 200, // beside 100 ms of warm-up, so two thirds of the CPU are the window's
    carriersCpuMs: { 'userspace-proxy on worker': topology.entry === 'pod' ? 1 : 300, 'userspace-proxy on idle': 0.5 },
  }));
  const text = renderRun(run, { colour: false });
  expect(text).toContain('- userspace, pod IP: keep-alive none');
  expect(text).toContain('- userspace, ClusterIP: keep-alive userspace-proxy on worker 100 ms\n');
});

describe('cases 9.8: carriers of one program are told together, in what they run', () => {
  const said = (carriers: Record<string, CarrierOf>) => {
    const run = simulate([family([scenario('nftables', 'cluster-ip')])], {}, () => ({
      requests: 1_000,
      durationMs: 200,
      loadMs: 200,
      carriersCpuMs: { one: 40, two: 60 },
      carriers,
    }));
    return renderRun(run, { colour: false });
  };
  const is = (program: string, node: string, runs: CarrierOf['runs']) => ({ program, node, runs });

  it.each([
    ['pods of a proxy', is('nginx', 'worker', 'pod'), is('nginx', 'worker2', 'pod'), 'nginx 100 ms in 2 pods'],
    ['k3s, a process of each node', is('k3s', 'server-0', 'node'), is('k3s', 'agent-0', 'node'), 'k3s 100 ms on 2 nodes'],
    ['two programs', is('nginx', 'worker', 'pod'), is('haproxy', 'worker', 'pod'), 'nginx 40.0 ms, haproxy 60.0 ms'],
    [
      'one program in a pod and on a node',
      is('traefik', 'worker', 'pod'),
      is('traefik', 'worker', 'node'),
      'traefik 40.0 ms, traefik 60.0 ms',
    ],
  ])('%s', (_, one, two, words) => {
    expect(said({ one, two })).toContain(`- nftables, ClusterIP: keep-alive ${words}\n`);
  });

  it('carriers of a run that did not record what they are go by their names', () => {
    expect(said({})).toContain('- nftables, ClusterIP: keep-alive one 40.0 ms, two 60.0 ms\n');
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
      carriersCpuMs: { 'userspace-proxy on worker': 500 },
      ...(loadMs === undefined ? {} : { loadMs }),
    }));
    expect(run.plan.lab.load.warmup, 'seconds of warm-up that the plan asks for').toBe(0.1);
    const { tables } = analyseRun(run).families[0]!;
    return Object.fromEntries(tables.map(({ series, cells }) => [series, cells[0]!.figures!.carriers]));
  };

  it.each(seriesNames)('%s: what was recorded counts, whatever warm-up the plan asks for', (series) => {
    expect(carried(100)[series]).toEqual({ 'userspace-proxy on worker': 500 });
    expect(carried(400)[series]).toEqual({ 'userspace-proxy on worker': 125 });
  });

  it.each([
    ['keep-alive', 250],
    ['new-connection', 250],
    ['first-packet', 500],
  ] as const)('%s: a run that did not record it had a warm-up, except for first packets', (series, ms) => {
    expect(carried(undefined)[series]).toEqual({ 'userspace-proxy on worker': ms });
  });
});
