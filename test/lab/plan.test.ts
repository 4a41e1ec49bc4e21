import { describe, expect, it } from 'vitest';
import type { Limits } from '../../src/cluster/contract/provider.ts';
import type { Plan } from '../../src/lab/plan.ts';
import { parseLab } from '../../src/lab/read-lab.ts';
import { runnable } from '../../src/lab/runnable.ts';
import type { Lab } from '../../src/lab/schema.ts';
import type { Skip } from '../../src/lab/skip.ts';
import { skipLine, skipWords } from '../../src/words/skip.ts';
import { planned } from '../support/planned.ts';
import { kindLimits, netnsLimits } from './limits.ts';

const lab = (fields: Record<string, unknown>): Lab =>
  parseLab(JSON.stringify({ question: 'What?', targets: [{ entry: 'pod' }, { entry: 'cluster-ip' }], ...fields }), 'x.yaml');
const plan = (fields: Record<string, unknown>, limits: Limits = netnsLimits, seed = 1): Plan =>
  planned(lab(fields), limits, { provider: { name: 'netns' }, seed });
/** Why a provider cannot run a lab; undefined where it can. */
const obstacleTo = (asked: Lab, limits: Limits) => {
  const found = runnable(asked, limits);
  return 'obstacle' in found ? found.obstacle : undefined;
};
const clusters = (made: Plan) =>
  Object.fromEntries(made.families.map((family) => [family.id, family.clusters.map((cluster) => cluster.id)]));

const obstacle = { code: 'no-ipvs', said: 'the kernel lacks it' } as const;
const without = (change: Partial<Limits>, limits = netnsLimits): Limits => ({ ...limits, ...change });

describe('families', () => {
  it('hold the modes of a lab, each with its reference on the same kernel', () => {
    expect(clusters(plan({ proxyModes: ['userspace', 'iptables', 'ipvs', 'nftables'], reference: 'iptables' }))).toEqual({
      host: ['userspace', 'iptables-legacy', 'iptables-nft', 'nftables'],
      uml: ['ipvs', 'iptables-legacy'],
    });
    expect(clusters(plan({ proxyModes: ['userspace', 'iptables', 'ipvs', 'nftables'] }, kindLimits))).toEqual({
      'v1.34.11': ['iptables', 'ipvs', 'nftables'],
      'v1.25.16': ['userspace', 'iptables'],
    });
  });

  it('take iptables with every backend where the lab asks for it, and with one where it is the reference', () => {
    expect(clusters(plan({ proxyModes: ['iptables'] }))).toEqual({ host: ['iptables-legacy', 'iptables-nft'] });
    expect(clusters(plan({ proxyModes: ['iptables'] }, kindLimits))).toEqual({ 'v1.34.11': ['iptables'] });
    expect(clusters(plan({ proxyModes: ['nftables'], reference: 'iptables' }))).toEqual({ host: ['nftables', 'iptables-nft'] });
    expect(clusters(plan({ proxyModes: ['ipvs'], reference: 'iptables' }))).toEqual({ uml: ['ipvs', 'iptables-legacy'] });
    expect(clusters(plan({ proxyModes: ['nftables'], reference: 'iptables-legacy' }))).toEqual({
      host: ['nftables', 'iptables-legacy'],
    });
  });

  it('name the backend, the version and the links of their clusters', () => {
    const [family] = plan({ proxyModes: ['iptables'], cluster: { workers: 3, link: { delayMs: 5 } } }).families;
    expect(family?.clusters[1]).toEqual({
      id: 'iptables-nft',
      provider: 'netns',
      workers: 3,
      proxyMode: 'iptables',
      iptablesBackend: 'nf_tables',
      link: { delayMs: 5 },
    });
    expect(plan({ proxyModes: ['ipvs'] }, kindLimits).families[0]?.clusters[0]).toMatchObject({ version: 'v1.34.11' });
  });

  it('have one cluster for each mode and number of Services, and a scenario for each position in the rules', () => {
    const local = { entry: 'node-port', from: 'outside', trafficPolicy: 'local' };
    const made = plan({
      proxyModes: ['nftables'],
      services: [1, 5000],
      positions: ['first', 'last'],
      targets: [{ entry: 'cluster-ip', from: 'outside' }, local],
    });
    expect(made.families[0]?.clusters.map(({ id, fillerServices }) => [id, fillerServices])).toEqual([
      ['nftables-1', 0],
      ['nftables-5000', 4999],
    ]);
    // Fillers are ClusterIPs, so a NodePort has no position among them.
    expect(made.families[0]?.scenarios.map(({ id, cluster }) => [id, cluster])).toEqual([
      ['nftables/1/first/cluster-ip/outside', 'nftables-1'],
      ['nftables/1/last/cluster-ip/outside', 'nftables-1'],
      ['nftables/1/node-port-local/outside', 'nftables-1'],
      ['nftables/5000/first/cluster-ip/outside', 'nftables-5000'],
      ['nftables/5000/last/cluster-ip/outside', 'nftables-5000'],
      ['nftables/5000/node-port-local/outside', 'nftables-5000'],
    ]);
    expect(made.families[0]?.scenarios[0]).toMatchObject({
      mode: 'nftables',
      topology: { entry: 'cluster-ip' },
      vantage: 'outside',
      services: 1,
      position: 'first',
    });
  });
});

describe('order', () => {
  const fields = { proxyModes: ['userspace', 'iptables', 'ipvs', 'nftables'], series: ['keep-alive', 'first-packet'], blocks: 7 };

  it('has every cell in each block exactly once', () => {
    for (const family of plan(fields).families) {
      const all = family.order[0]!.map(({ scenario, series }) => `${scenario} ${series}`).sort();
      expect(new Set(all).size).toBe(all.length);
      expect(family.order).toHaveLength(7);
      for (const block of family.order) expect(block.map(({ scenario, series }) => `${scenario} ${series}`).sort()).toEqual(all);
    }
  });

  it('is the same for a seed and another for another', () => {
    expect(plan(fields, netnsLimits, 42)).toEqual(plan(fields, netnsLimits, 42));
    expect(plan(fields, netnsLimits, 42).families[0]?.order).not.toEqual(plan(fields, netnsLimits, 43).families[0]?.order);
  });

  it('differs from block to block, and puts each cell first about equally often', () => {
    const [family] = plan({ proxyModes: ['nftables'], blocks: 1000 }).families;
    const firsts = new Map<string, number>();
    for (const [cell] of family!.order) {
      const key = `${cell?.scenario} ${cell?.series}`;
      firsts.set(key, (firsts.get(key) ?? 0) + 1);
    }
    expect(firsts.size).toBe(4);
    for (const times of firsts.values()) expect(Math.abs(times - 250)).toBeLessThan(60); // over 4 standard deviations
  });
});

describe('skips', () => {
  it('say why a mode, an entry, a vantage, a series, a number of Services or a link cannot be had, and what would help', () => {
    const limits = without({
      proxyModes: { ipvs: obstacle },
      topologies: { outside: obstacle, 'node-port-local': obstacle, 'link-delay': obstacle },
      series: { 'first-packet': obstacle },
      services: { because: obstacle, most: 1000 },
    });
    const targets = [
      { entry: 'cluster-ip' },
      { entry: 'node-port', from: 'outside' },
      { entry: 'node-port', trafficPolicy: 'local' },
    ];
    const made = plan(
      {
        proxyModes: ['ipvs', 'nftables', 'iptables'],
        targets,
        services: [10, 5000],
        series: ['keep-alive', 'first-packet'],
        cluster: { link: { delayMs: 5, rateMbit: 100 } },
      },
      limits,
    );
    expect(made.skips).toEqual([
      { code: 'mode', mode: 'ipvs', because: obstacle },
      { code: 'target', target: 'node-port/outside', because: obstacle },
      { code: 'target', target: 'node-port-local/pod', because: obstacle },
      { code: 'series', series: 'first-packet', because: obstacle },
      { code: 'services', services: 5000, because: obstacle },
      { code: 'link', property: 'delay', because: obstacle },
    ]);
    expect(made.skips.map((skip) => skipWords(skip).what)).toEqual([
      'ipvs',
      'node-port/outside',
      'node-port-local/pod',
      'first-packet',
      '5000 Services',
      "delay of the nodes' links",
    ]);
    expect(made.families.flatMap((family) => family.clusters.map(({ link }) => link))).toEqual([
      { rateMbit: 100 },
      { rateMbit: 100 },
      { rateMbit: 100 },
    ]);
  });

  it('say that userspace mode has no first packet', () => {
    const made = plan({ proxyModes: ['userspace', 'nftables'], series: ['new-connection', 'first-packet'] });
    expect(made.skips).toEqual([
      {
        code: 'series-of-mode',
        mode: 'userspace',
        series: 'first-packet',
        because: { code: 'process-answers', who: 'userspace', newConnections: true },
      },
    ]);
    expect(made.families[0]?.order[0]?.filter((cell) => cell.series === 'first-packet')).toHaveLength(2);
  });

  it('say that a backend cannot be chosen, and that a reference is not to be had', () => {
    const [skip] = plan({ proxyModes: ['iptables-legacy', 'ipvs', 'nftables'] }, kindLimits).skips;
    expect(skip).toMatchObject({ code: 'mode', mode: 'iptables-legacy', because: { code: 'no-backend-choice' } });
    const made = plan({ proxyModes: ['nftables'], reference: 'ipvs' });
    expect(clusters(made)).toEqual({ host: ['nftables'] });
    expect(made.skips.map(skipLine)).toEqual([
      'reference ipvs for nftables: Linux 6.8 does not support ipvs; `npm run doctor` shows how to add it',
    ]);
  });

  it('and cells together are all that the lab asks for', () => {
    const pick = <T>(items: readonly T[], index: number) => items.filter((_, bit) => (index >> bit) & 1);
    const allModes = ['userspace', 'iptables', 'ipvs', 'nftables'] as const;
    const allTargets = [
      { entry: 'pod' },
      { entry: 'cluster-ip' },
      { entry: 'node-port', from: 'outside' },
      { entry: 'node-port', trafficPolicy: 'local' },
    ];
    const everyLimits = [netnsLimits, kindLimits].flatMap((limits) => [
      limits,
      without({ proxyModes: { ipvs: obstacle } }, limits),
      without({ proxyModes: { iptables: obstacle }, series: { 'first-packet': obstacle } }, limits),
      without({ topologies: { 'node-port': obstacle }, services: { because: obstacle, most: 10 } }, limits),
      without({ topologies: { outside: obstacle }, families: limits.families.slice(1) }, limits),
    ]);
    let seen = 0;
    for (let modes = 1; modes < 16; modes++)
      for (let targets = 1; targets < 16; targets++)
        for (const services of [undefined, [10, 20]]) {
          const asked = lab({
            proxyModes: pick(allModes, modes),
            targets: pick(allTargets, targets),
            series: modes === 1 ? ['keep-alive', 'new-connection'] : ['keep-alive', 'new-connection', 'first-packet'],
            services,
            blocks: 1,
          });
          for (const limits of everyLimits.filter((candidate) => !obstacleTo(asked, candidate))) {
            seen++;
            expect(lost(planned(asked, limits))).toEqual([]);
          }
        }
    expect(seen).toBeGreaterThan(1000);
  });
});

type Scope = Partial<Pick<Extract<Skip, { code: 'stated' }>, 'mode' | 'target' | 'series' | 'services'>>;

/** What a plan's lab asks for that is in no family and in no skip's scope. */
function lost({ lab: asked, families, skips }: Plan): string[] {
  const running = new Set(
    families.flatMap(({ scenarios, order }) =>
      order[0]!.map(({ scenario, series }) => {
        const { mode, topology, vantage, services } = scenarios.find(({ id }) => id === scenario)!;
        const local = topology.entry === 'node-port' && topology.trafficPolicy === 'local' ? '-local' : '';
        const asWritten = mode.startsWith('iptables') ? 'iptables' : mode;
        return [asWritten, `${topology.entry}${local}/${vantage}`, series, services].join(' ');
      }),
    ),
  );
  return asked.proxyModes.flatMap((mode) =>
    asked.targets.flatMap((target) =>
      asked.series.flatMap((series) =>
        (asked.services ?? [undefined]).flatMap((services) => {
          const entry = `${target.entry}${target.trafficPolicy === 'local' ? '-local' : ''}/${target.from}`;
          const cell = [mode, entry, series, services].join(' ');
          const skipped = (skips as readonly Scope[]).some(
            (skip) =>
              (skip.mode ?? skip.target ?? skip.series ?? skip.services) !== undefined &&
              (skip.mode ?? mode) === mode &&
              (skip.target ?? entry) === entry &&
              (skip.series ?? series) === series &&
              (skip.services ?? services) === services,
          );
          return running.has(cell) || skipped ? [] : [cell];
        }),
      ),
    ),
  );
}

describe('a provider can run', () => {
  const noIpvs = without({ proxyModes: { ipvs: obstacle } });

  it('a lab about one mode when it has that mode, whatever its reference', () => {
    expect(obstacleTo(lab({ proxyModes: ['ipvs'], reference: 'iptables' }), netnsLimits)).toBeUndefined();
    expect(obstacleTo(lab({ proxyModes: ['ipvs'], reference: 'iptables' }), noIpvs)).toEqual(obstacle);
    expect(obstacleTo(lab({ proxyModes: ['nftables'], reference: 'ipvs' }), noIpvs)).toBeUndefined();
  });

  it('a lab about several modes when two of them, or one and the reference, are on one kernel', () => {
    expect(obstacleTo(lab({ proxyModes: ['ipvs', 'nftables'], reference: 'iptables' }), noIpvs)).toBeUndefined();
    expect(obstacleTo(lab({ proxyModes: ['ipvs', 'nftables'] }), noIpvs)).toEqual(obstacle);
    expect(obstacleTo(lab({ proxyModes: ['ipvs', 'iptables'] }), noIpvs)).toEqual(obstacle);
    expect(obstacleTo(lab({ proxyModes: ['ipvs', 'nftables'] }), netnsLimits)).toEqual({
      code: 'modes-apart',
      modes: ['ipvs', 'nftables'],
    });
  });

  it('no lab when it cannot run at all, or when every target or series is out of reach', () => {
    expect(obstacleTo(lab({ proxyModes: ['iptables'] }), without({ provider: obstacle }))).toEqual(obstacle);
    const nginx = { entry: 'ingress', controller: 'nginx', exposure: 'host-port', from: 'outside' };
    const ways = { proxyModes: ['nftables'], targets: [{ entry: 'pod', from: 'outside' }, nginx] };
    expect(obstacleTo(lab(ways), netnsLimits)).toBeUndefined();
    expect(obstacleTo(lab(ways), without({ topologies: { 'ingress-nginx': obstacle } }))).toEqual(obstacle);
    expect(obstacleTo(lab(ways), without({ topologies: { 'host-port': obstacle } }))).toEqual(obstacle);
    const targets = [{ entry: 'node-port', from: 'outside' }];
    expect(obstacleTo(lab({ proxyModes: ['iptables'], targets }), without({ topologies: { outside: obstacle } }))).toEqual(
      obstacle,
    );
  });

  it('no lab for a version of Kubernetes that it does not have', () => {
    const asking = (kubernetes: string) => lab({ proxyModes: ['iptables'], cluster: { kubernetes } });
    expect(obstacleTo(asking('1.34'), kindLimits)).toBeUndefined();
    expect(obstacleTo(asking('v1.34.11'), kindLimits)).toBeUndefined();
    expect(obstacleTo(asking('1.3'), kindLimits)).toEqual({
      code: 'version-not-offered',
      asked: '1.3',
      offered: ['v1.34.11', 'v1.25.16'],
    });
    expect(obstacleTo(asking('1.34'), netnsLimits)).toMatchObject({ code: 'version-not-offered', offered: [] });
  });

  it('all that it lacks is listed at once, each obstacle once', () => {
    const nginx = { entry: 'ingress', controller: 'nginx', exposure: 'host-port', from: 'outside' };
    const ways = { proxyModes: ['nftables'], targets: [{ entry: 'pod', from: 'outside' }, nginx] };
    const other = { code: 'no-route', to: 'pods' } as const;
    const limits = without({ topologies: { 'pod/outside': other, 'ingress-nginx': obstacle, outside: obstacle } });
    expect(obstacleTo(lab(ways), limits)).toEqual({ code: 'several', obstacles: [other, obstacle] });
  });
});

describe('estimate', () => {
  it('grows with windows, counts the nodes that are up at once, and tells what would be pulled', () => {
    const fields = { proxyModes: ['userspace', 'iptables', 'ipvs', 'nftables'], blocks: 6 };
    const { estimate } = plan(fields, kindLimits);
    expect(estimate).toMatchObject({ memoryMiB: 9 * 500, memoryAvailableMiB: 8000, pulls: ['kindest/node:v1.34.11'] });
    const longer = plan({ ...fields, load: { duration: 10 } }, kindLimits).estimate;
    const windows = 5 * 2 * 2 * 6; // clusters, targets, series, blocks
    expect(longer.seconds - estimate.seconds).toBeCloseTo(windows * (10 - 0.4), -1);
  });
});

it('first packets are not timed at an ingress, which is said, and images of topologies that run are pulled', () => {
  const targets = [
    { entry: 'pod', from: 'outside' },
    { entry: 'ingress', controller: 'nginx', exposure: 'host-port', from: 'outside' },
  ];
  const made = plan(
    { proxyModes: ['nftables'], targets, series: ['new-connection', 'first-packet'] },
    without({ pulls: ['node'], topologyPulls: { 'ingress-nginx': ['nginx'], 'ingress-traefik': ['traefik'] } }),
  );
  const cells = new Set(made.families[0]!.order.flat().map(({ scenario, series }) => `${scenario} ${series}`));
  expect([...cells].sort()).toEqual([
    'nftables/ingress-nginx-daemonset-host-port/outside new-connection',
    'nftables/pod/outside first-packet',
    'nftables/pod/outside new-connection',
  ]);
  expect(made.skips).toMatchObject([{ target: 'ingress-nginx-daemonset-host-port/outside', series: 'first-packet' }]);
  expect(made.estimate.pulls).toEqual(['node', 'nginx']);
});

describe('cases 5.5: the tuning of an ingress', () => {
  const nginx = { entry: 'ingress', controller: 'nginx', exposure: 'host-port', from: 'outside' };
  const planned = (...targets: readonly Record<string, unknown>[]) =>
    plan({ proxyModes: ['nftables'], targets: [{ entry: 'pod', from: 'outside' }, ...targets], series: ['keep-alive'] });
  const named = (made: Plan) =>
    made.families[0]!.scenarios.map(({ id, topology }) => [id, topology.entry === 'ingress' ? topology.tuning : undefined]);

  it('is fair where a lab has none, and in no name where it does not vary', () => {
    expect(named(planned(nginx))).toEqual([
      ['nftables/pod/outside', undefined],
      ['nftables/ingress-nginx-daemonset-host-port/outside', 'fair'],
    ]);
    expect(named(planned({ ...nginx, tuning: 'defaults' }))[1]).toEqual([
      'nftables/ingress-nginx-daemonset-host-port/outside',
      'defaults',
    ]);
  });

  it('is in the name of every ingress, and of nothing else, where it varies', () => {
    const made = planned(nginx, { ...nginx, tuning: 'defaults' }, { ...nginx, controller: 'haproxy', exposure: 'node-port' });
    expect(named(made)).toEqual([
      ['nftables/pod/outside', undefined],
      ['nftables/ingress-nginx-daemonset-fair-host-port/outside', 'fair'],
      ['nftables/ingress-nginx-daemonset-defaults-host-port/outside', 'defaults'],
      ['nftables/ingress-haproxy-daemonset-fair-node-port/outside', 'fair'],
    ]);
  });

  it('is no reason to skip: what a provider lacks, it lacks in every tuning, and each skip names its own', () => {
    const targets = [{ entry: 'pod', from: 'outside' }, nginx, { ...nginx, tuning: 'defaults' }];
    const key = 'ingress-nginx-daemonset-host-port/outside';
    const made = plan(
      { proxyModes: ['nftables'], targets: [...targets, { entry: 'cluster-ip' }] },
      without({ topologies: { [key]: obstacle } }),
    );
    expect((made.skips as readonly Scope[]).map(({ target }) => target)).toEqual([
      'ingress-nginx-daemonset-fair-host-port/outside',
      'ingress-nginx-daemonset-defaults-host-port/outside',
    ]);
  });

  it('makes two targets of one, and fair is what is there without it', () => {
    const twice =
      (...tunings: (string | undefined)[]) =>
      () =>
        planned(...tunings.map((tuning) => ({ ...nginx, tuning })));
    expect(twice(undefined, 'defaults')).not.toThrow();
    expect(twice(undefined, 'fair')).toThrow(/duplicate: /);
    expect(twice('defaults', 'defaults')).toThrow(/duplicate: .*tuning defaults/);
    expect(twice('fast')).toThrow(/tuning/);
  });
});
