import { describe, expect, test } from 'vitest';
import { type Exposure, type IngressTopology, type Tuning, topologyName } from '../../src/cluster/contract/topology.ts';
import { analyseRun } from '../../src/compare/run.ts';
import type { Scenario } from '../../src/lab/plan.ts';
import { family, normal, type RunOptions, scenario, simulate } from './simulate.ts';

function pairsOf(scenarios: readonly Scenario[], options: RunOptions = {}) {
  const draw = normal(1);
  const run = simulate([family(scenarios)], options, () => ({ rate: 1000 * Math.exp(0.01 * draw()) }));
  return analyseRun(run).families[0]!.tables[0]!.comparisons.map(
    ({ kind, cell, against }) => `${kind}: ${cell.scenario.id} | ${against.scenario.id}`,
  );
}

describe('the baseline', () => {
  test('is the pod IP of the same cluster, asked from the same place', () => {
    const pods = [scenario('ipvs', 'pod'), scenario('ipvs', 'pod', { vantage: 'outside' })];
    const outside = scenario('ipvs', 'node-port', { vantage: 'outside' });
    expect(pairsOf([...pods, outside])).toEqual(['pod: ipvs/node-port/outside | ipvs/pod/outside']);
    expect(pairsOf([pods[0]!, outside])).toEqual([]);
    expect(pairsOf([pods[1]!, scenario('ipvs', 'cluster-ip')])).toEqual([]);
  });

  test('has as many Services; a pod has no position', () => {
    const scenarios = [10, 1000].flatMap((services) => [
      scenario('ipvs', 'pod', { services }),
      scenario('ipvs', 'cluster-ip', { services, position: 'first' }),
    ]);
    expect(pairsOf(scenarios).filter((pair) => pair.startsWith('pod'))).toEqual([
      'pod: ipvs/10/first/cluster-ip/pod | ipvs/10/pod/pod',
      'pod: ipvs/1000/first/cluster-ip/pod | ipvs/1000/pod/pod',
    ]);
  });
});

describe('the reference', () => {
  const modes = (...names: Scenario['mode'][]) => names.map((mode) => scenario(mode, 'cluster-ip'));

  test('iptables stands for each of its backends, which are compared with one another once', () => {
    expect(pairsOf(modes('iptables-nft', 'iptables-legacy', 'nftables'), { reference: 'iptables' })).toEqual([
      'reference: iptables-legacy/cluster-ip/pod | iptables-nft/cluster-ip/pod',
      'reference: nftables/cluster-ip/pod | iptables-nft/cluster-ip/pod',
      'reference: nftables/cluster-ip/pod | iptables-legacy/cluster-ip/pod',
    ]);
  });

  test('of one backend is that backend only', () => {
    expect(pairsOf(modes('iptables-nft', 'iptables-legacy'), { reference: 'iptables-nft' })).toEqual([
      'reference: iptables-legacy/cluster-ip/pod | iptables-nft/cluster-ip/pod',
    ]);
  });

  test('that the family lacks falls back on its iptables, not on any mode', () => {
    expect(pairsOf(modes('ipvs', 'iptables-legacy'), { reference: 'iptables-nft' })).toEqual([
      'reference: ipvs/cluster-ip/pod | iptables-legacy/cluster-ip/pod',
    ]);
    expect(pairsOf(modes('ipvs', 'nftables'), { reference: 'iptables' })).toEqual([]);
  });

  test('is iptables where the lab names none, else the first mode; one mode has none', () => {
    expect(pairsOf(modes('ipvs', 'iptables'))).toEqual(['reference: ipvs/cluster-ip/pod | iptables/cluster-ip/pod']);
    expect(pairsOf(modes('userspace', 'ipvs'))).toEqual(['reference: ipvs/cluster-ip/pod | userspace/cluster-ip/pod']);
    expect(pairsOf(modes('iptables'))).toEqual([]);
  });

  test('is met with all other factors equal, local and cluster policy apart', () => {
    const local = { trafficPolicy: 'local', entry: 'node-port' } as const;
    const scenarios = [
      scenario('iptables', 'node-port'),
      { ...scenario('iptables', 'node-port', { topology: local }), id: 'iptables/node-port-local/pod' },
      scenario('ipvs', 'node-port'),
      scenario('ipvs', 'node-port', { vantage: 'outside' }),
    ];
    expect(pairsOf(scenarios)).toEqual(['reference: ipvs/node-port/pod | iptables/node-port/pod']);
  });
});

test('positions stand against first in the same rules, Services against the fewest at the same position', () => {
  const scenarios = [1000, 10].flatMap((services) =>
    (['first', 'last'] as const).map((position) => scenario('nftables', 'cluster-ip', { services, position })),
  );
  expect(pairsOf(scenarios)).toEqual([
    'services: nftables/1000/first/cluster-ip/pod | nftables/10/first/cluster-ip/pod',
    'position: nftables/1000/last/cluster-ip/pod | nftables/1000/first/cluster-ip/pod',
    'services: nftables/1000/last/cluster-ip/pod | nftables/10/last/cluster-ip/pod',
    'position: nftables/10/last/cluster-ip/pod | nftables/10/first/cluster-ip/pod',
  ]);
});

test('families are never compared; what they share bridges them', () => {
  const draw = normal(1);
  const families = [
    family([scenario('iptables-legacy', 'cluster-ip'), scenario('nftables', 'cluster-ip')], { id: 'host', title: 'host' }),
    family([scenario('iptables-legacy', 'cluster-ip'), scenario('ipvs', 'cluster-ip')], { id: 'uml', title: 'UML' }),
  ];
  const kernel = (id: string) => (id === 'uml' ? '6.1' : '6.12');
  const analysis = analyseRun(simulate(families, { kernel }, () => ({ rate: 1000 * Math.exp(0.01 * draw()) })));
  const all = analysis.families.flatMap(({ tables }) => tables.flatMap(({ comparisons }) => comparisons));
  expect(all.every(({ cell, against }) => cell.family === against.family)).toBe(true);
  expect(all.map(({ verdict }) => verdict.kind)).toEqual(['equivalent', 'equivalent']);
  expect(analysis.bridges).toHaveLength(1);
  expect(analysis.bridges[0]).toMatchObject({ shared: 'iptables (legacy)', place: 'ClusterIP', series: 'keep-alive' });
  expect(analysis.bridges[0]!.sides.map(({ title, comparison }) => `${title}: ${comparison.cell.mode}`)).toEqual([
    'host: nftables',
    'UML: ipvs',
  ]);
});

describe('ingress controllers', () => {
  const ingress = (
    controller: 'nginx' | 'traefik',
    exposure: Exposure,
    placement: IngressTopology['placement'] = 'daemonset',
    tuning?: Tuning,
  ) => {
    const topology = { entry: 'ingress' as const, controller, placement, exposure, ...(tuning ? { tuning } : {}) };
    const id = `nftables/${topologyName(topology, tuning !== undefined)}/outside`;
    return { ...scenario('nftables', 'pod', { vantage: 'outside', topology }), id };
  };
  const hostPort = { entry: 'host-port' } as const;
  const nodePort = { entry: 'node-port', trafficPolicy: 'cluster' } as const;

  test('are told apart from how they are exposed: each factor against the first, all else alike', () => {
    const scenarios = [
      ingress('nginx', hostPort),
      ingress('nginx', nodePort),
      ingress('traefik', hostPort),
      ingress('traefik', nodePort),
    ];
    expect(pairsOf(scenarios)).toEqual([
      'exposure: nftables/ingress-nginx-daemonset-node-port/outside | nftables/ingress-nginx-daemonset-host-port/outside',
      'controller: nftables/ingress-traefik-daemonset-host-port/outside | nftables/ingress-nginx-daemonset-host-port/outside',
      'controller: nftables/ingress-traefik-daemonset-node-port/outside | nftables/ingress-nginx-daemonset-node-port/outside',
      'exposure: nftables/ingress-traefik-daemonset-node-port/outside | nftables/ingress-traefik-daemonset-host-port/outside',
    ]);
  });

  test('cases 5.5: as they ship are compared with themselves set fairly, and with others as they ship', () => {
    const scenarios = (['fair', 'defaults'] as const).flatMap((tuning) =>
      (['nginx', 'traefik'] as const).map((controller) => ingress(controller, hostPort, 'daemonset', tuning)),
    );
    expect(pairsOf(scenarios)).toEqual([
      'controller: nftables/ingress-traefik-daemonset-fair-host-port/outside | nftables/ingress-nginx-daemonset-fair-host-port/outside',
      'tuning: nftables/ingress-nginx-daemonset-defaults-host-port/outside | nftables/ingress-nginx-daemonset-fair-host-port/outside',
      'controller: nftables/ingress-traefik-daemonset-defaults-host-port/outside | nftables/ingress-nginx-daemonset-defaults-host-port/outside',
      'tuning: nftables/ingress-traefik-daemonset-defaults-host-port/outside | nftables/ingress-traefik-daemonset-fair-host-port/outside',
    ]);
  });

  test('placed otherwise are not compared', () => {
    expect(pairsOf([ingress('nginx', nodePort), ingress('traefik', nodePort, { replicas: 2 })])).toEqual([]);
  });
});

test('hops are compared each with the one before, and with nothing else', () => {
  const outside = (entry: 'pod' | 'cluster-ip' | 'node-port') => scenario('nftables', entry, { vantage: 'outside' });
  expect(pairsOf([outside('pod'), outside('cluster-ip'), outside('node-port')], { hops: true })).toEqual([
    'hop: nftables/cluster-ip/outside | nftables/pod/outside',
    'hop: nftables/node-port/outside | nftables/cluster-ip/outside',
  ]);
});
