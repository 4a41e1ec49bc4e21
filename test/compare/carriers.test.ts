import { expect, test } from 'vitest';
import { renderRun } from '../../src/report/text.ts';
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
