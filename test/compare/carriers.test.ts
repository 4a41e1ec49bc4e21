import { describe, expect, it, test } from 'vitest';
import { analyseRun } from '../../src/compare/run.ts';
import { renderRun } from '../../src/report/text.ts';
import { seriesNames } from '../../src/results/schema.ts';
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

test('the pods of one proxy are told together', () => {
  const run = simulate([family([scenario('nftables', 'cluster-ip')])], {}, () => ({
    requests: 1_000,
    durationMs: 200,
    carriersCpuMs: { 'nginx-daemonset-1 (nginx) on worker': 60, 'nginx-daemonset-2 (nginx) on worker2': 90 },
  }));
  expect(renderRun(run, { colour: false })).toContain('- nftables, ClusterIP: keep-alive nginx 100 ms in 2 pods\n');
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
