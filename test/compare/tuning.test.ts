import { expect, it } from 'vitest';
import { type IngressTopology, type Tuning, topologyName } from '../../src/cluster/contract/topology.ts';
import { analyseBetween } from '../../src/compare/between.ts';
import { environmentDifferences } from '../../src/compare/environment.ts';
import { analyseRun } from '../../src/compare/run.ts';
import { settingsOf } from '../../src/ingress/tuning.ts';
import type { Run } from '../../src/results/run.ts';
import { family, normal, scenario, simulate } from './simulate.ts';

/** nginx in these tunings; undefined: a run from before there were any. */
function runOf(...tunings: readonly (Tuning | undefined)[]): Run {
  const draw = normal(1);
  const varies = tunings.length > 1;
  const scenarios = tunings.map((tuning) => {
    const topology: IngressTopology = {
      entry: 'ingress',
      controller: 'nginx',
      placement: 'daemonset',
      exposure: { entry: 'host-port' },
      ...(tuning ? { tuning } : {}),
    };
    const id = `nftables/${topologyName(topology, varies)}/outside`;
    return { ...scenario('nftables', 'pod', { vantage: 'outside', topology }), id };
  });
  return simulate([family(scenarios)], {}, () => ({ rate: 1000 * Math.exp(0.01 * draw()) }));
}
const places = (run: Run) => analyseRun(run).families[0]!.tables[0]!.cells.map(({ place }) => place);
const between = (now: Run, then: Run) => {
  const { tables, unmatched } = analyseBetween(now, then);
  return {
    compared: tables.flatMap(({ comparisons }) => comparisons.map(({ cell, against }) => `${cell.place} | ${against.place}`)),
    unmatched: unmatched.map(({ side, cell }) => `${side}: ${cell.place}`),
  };
};

it('cases 5.5: a tuning is in the title of a cell where it varies, and only there', () => {
  expect(places(runOf('fair'))).toEqual(['nginx (DaemonSet) on hostPort from outside']);
  expect(places(runOf('defaults'))).toEqual(['nginx (DaemonSet) on hostPort from outside']);
  expect(places(runOf('fair', 'defaults'))).toEqual([
    'nginx (DaemonSet, fair) on hostPort from outside',
    'nginx (DaemonSet, defaults) on hostPort from outside',
  ]);
});

it('cases 5.5: cells of stored runs match by their tuning and not by a name that does not say it', () => {
  const [fair, defaults] = [
    'nginx (DaemonSet, fair) on hostPort from outside',
    'nginx (DaemonSet, defaults) on hostPort from outside',
  ];
  expect(between(runOf('defaults'), runOf('fair'))).toEqual({
    compared: [],
    unmatched: [`run: ${defaults}`, `against: ${fair}`],
  });
  expect(between(runOf('fair', 'defaults'), runOf('defaults'))).toEqual({
    compared: [`${defaults} | ${defaults}`],
    unmatched: [`run: ${fair}`],
  });
});

it('cases 5.5: a run from before there were tunings is compared with fair, which is nearest to it', () => {
  expect(between(runOf('fair', 'defaults'), runOf(undefined)).compared).toEqual([
    'nginx (DaemonSet, fair) on hostPort from outside | nginx (DaemonSet, fair) on hostPort from outside',
  ]);
  expect(between(runOf('defaults'), runOf(undefined)).compared).toEqual([]);
});

it('cases 5.5: the same tuning with other settings is a difference of environments', () => {
  const withSettings = (version: string): Run => {
    const run = runOf('defaults');
    const deployed = { controllers: { 'nginx-daemonset-defaults': { settings: settingsOf('nginx', 'defaults', version) } } };
    return { ...run, facts: { 'host/nftables': { ...run.facts['host/nftables']!, deployed } } };
  };
  expect(environmentDifferences(withSettings('1.22.1'), withSettings('1.28.0'))).toEqual([]);
  expect(environmentDifferences(withSettings('1.22.1'), withSettings('1.30.0')).map(({ fact }) => fact)).toEqual([
    'deployed.controllers.nginx-daemonset-defaults.settings.upstreamHttpVersion',
    'deployed.controllers.nginx-daemonset-defaults.settings.upstreamIdleConnections',
    'deployed.controllers.nginx-daemonset-defaults.settings.upstreamIdleMs',
    'deployed.controllers.nginx-daemonset-defaults.settings.upstreamRequestsPerConnection',
    'deployed.controllers.nginx-daemonset-defaults.settings.upstreamReuse',
  ]);
  const [unrecorded, ...others] = environmentDifferences(withSettings('1.22.1'), runOf('defaults'));
  expect([unrecorded?.code, unrecorded?.fact, others]).toEqual(['unknown-before', 'deployed', []]);
});
