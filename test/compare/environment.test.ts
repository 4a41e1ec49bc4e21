import { describe, expect, it } from 'vitest';
import { analyseBetween } from '../../src/compare/between.ts';
import { environmentDifferences } from '../../src/compare/environment.ts';
import { volatileFacts } from '../../src/compare/volatile-facts.ts';
import { reportHtml } from '../../src/report/html/page.ts';
import { reportJson } from '../../src/report/json.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { readReportJson } from '../../src/report/read-json.ts';
import { makeReport } from '../../src/report/report.ts';
import { renderBetween } from '../../src/report/text.ts';
import type { Run } from '../../src/results/run.ts';
import { family, scenario, simulate } from './simulate.ts';

type Tree = { [key: string]: unknown };

/** A run with every kind of fact that the providers record. */
function recorded(directory: string): Run {
  const run = simulate([family([scenario('ipvs', 'cluster-ip'), scenario('nftables', 'cluster-ip')])], { directory }, () => ({}));
  const cluster = (name: string) => ({
    provider: 'kind' as const,
    kernel: '6.12.1',
    kubernetes: 'v1.34.4',
    iptablesBackend: 'nf_tables' as const,
    osImage: 'Debian GNU/Linux 12',
    containerRuntime: 'containerd://2.1.3',
    kubeProxy: { image: 'registry.k8s.io/kube-proxy:v1.34.4', imageId: 'sha256:aa', configuration: 'mode: ipvs\nx: 1\n' },
    nodeImage: 'kindest/node:v1.34.4',
    nodeImageId: 'sha256:bb',
    clientImage: 'node:20',
    clientImageId: 'sha256:cc',
    namespace: 'trafficlab-1',
    detected: { cni: { value: 'kindnet', source: 'component' as const, from: 'pod kube-system/kindnet-a' } },
    nodes: {
      [`trafficlab-${name}-0a1b2c-p${directory.length}-worker`]: {
        iptablesBackend: 'nf_tables',
        sysctls: { 'net.ipv4.vs.conn_reuse_mode': '0' },
        kernelCommandLine: 'quiet mitigations=auto',
        cpuModel: 'Some CPU',
      },
    },
    programs: { nftables: 'nftables v1.0.6' },
    deployed: {
      nginx: { controller: 'reference', proxy: 'nginx version: nginx/1.22.1', tuning: { workers: 1, keepAlive: 64 } },
      controllers: { haproxy: { image: 'haproxy:2.6', imageId: 'sha256:dd', workers: 1 } },
      metallb: { controller: 'metallb (sha256:ee)' },
      addressPools: { l2: '172.18.255.0/28' },
      l2: { pool: '172.18.255.0/28', leaders: { '172.18.255.1': 'worker' }, announcer: 'arping 2' },
      bgp: { pool: '192.168.10.0/24', hashPolicy: '1', announcer: 'BIRD 2.0' },
      router: { program: 'FRRouting 10', imageId: 'sha256:ff', address: '172.18.0.9', clients: '192.168.11.0/24' },
    },
  });
  return {
    ...run,
    machine: {
      hostname: 'one',
      kernel: '6.12.1',
      kernelBuild: '#1 SMP',
      kernelCommandLine: 'BOOT_IMAGE=/vmlinuz root=UUID=1 ro quiet mitigations=auto',
      architecture: 'x64',
      cpuModel: 'Some CPU',
      cpus: 2,
      memoryMiB: 8000,
      node: 'v20.20.2',
      loadAverage: [0.1, 0.2, 0.3],
    },
    facts: { 'host/ipvs': cluster('ipvs'), 'host/nftables': cluster('nftables') },
  };
}

const before = recorded('/results/simulated/1');
/** The later run with one fact changed, in both clusters where it is one of clusters; undefined: it was not recorded. */
function changed(of: 'machine' | 'cluster' | 'plan', path: readonly string[], value: unknown): Run {
  const run = structuredClone(recorded('/results/simulated/two')) as unknown as { machine: Tree; facts: Tree; plan: Tree };
  const roots = of === 'machine' ? [run.machine] : of === 'plan' ? [run.plan] : (Object.values(run.facts) as Tree[]);
  for (const root of roots) {
    let group = root;
    for (const name of path.slice(0, -1)) {
      const key = name === 'worker' ? Object.keys(group)[0]! : name;
      group[key] ??= {};
      group = group[key] as Tree;
    }
    if (value === undefined) delete group[path.at(-1)!];
    else group[path.at(-1)!] = value;
  }
  return run as unknown as Run;
}

describe('cases 9.4: environments differ in every recorded fact that is not volatile', () => {
  it('are the same where only names with a process id in them differ', () => {
    expect(environmentDifferences(recorded('/results/simulated/two'), before)).toEqual([]);
  });

  const counts: readonly (readonly ['machine' | 'cluster' | 'plan', string[], unknown])[] = [
    ['plan', ['trafficlab'], '9.9.9'],
    ['plan', ['provider', 'name'], 'kind'],
    ['plan', ['lab', 'load', 'connections'], 16],
    ['plan', ['lab', 'workload', 'replicas'], 9],
    ['plan', ['lab', 'cluster', 'workers'], 3],
    ['plan', ['lab', 'tuning'], 'fair'],
    ['machine', ['kernel'], '6.13'],
    ['machine', ['kernelBuild'], '#2 SMP'],
    ['machine', ['kernelCommandLine'], 'BOOT_IMAGE=/vmlinuz root=UUID=1 ro quiet mitigations=off'],
    ['machine', ['architecture'], 'arm64'],
    ['machine', ['cpuModel'], 'Other CPU'],
    ['machine', ['cpus'], 4],
    ['machine', ['memoryMiB'], 16000],
    ['machine', ['node'], 'v24.1.0'],
    ['machine', ['somethingNew'], 1],
    ['cluster', ['kernel'], '6.13'],
    ['cluster', ['kubernetes'], 'v1.35.0'],
    ['cluster', ['iptablesBackend'], 'legacy'],
    ['cluster', ['osImage'], 'Debian GNU/Linux 13'],
    ['cluster', ['containerRuntime'], 'containerd://2.2.0'],
    ['cluster', ['kubeProxy', 'image'], 'registry.k8s.io/kube-proxy:v1.35.0'],
    ['cluster', ['kubeProxy', 'imageId'], 'sha256:a0'],
    ['cluster', ['kubeProxy', 'configuration'], 'mode: ipvs\nx: 2\n'],
    ['cluster', ['nodeImageId'], 'sha256:b0'],
    ['cluster', ['clientImageId'], 'sha256:c0'],
    ['cluster', ['nodes', 'worker', 'sysctls', 'net.ipv4.vs.conn_reuse_mode'], '1'],
    ['cluster', ['nodes', 'worker', 'iptablesBackend'], 'legacy'],
    ['cluster', ['nodes', 'worker', 'kernelCommandLine'], 'quiet'],
    ['cluster', ['nodes', 'worker', 'cpuModel'], 'Other CPU'],
    ['cluster', ['programs', 'nftables'], 'nftables v1.1.3'],
    ['cluster', ['deployed', 'nginx', 'proxy'], 'nginx version: nginx/1.28.0'],
    ['cluster', ['deployed', 'nginx', 'tuning', 'keepAlive'], 128],
    ['cluster', ['deployed', 'controllers', 'haproxy', 'imageId'], 'sha256:d0'],
    ['cluster', ['deployed', 'controllers', 'haproxy', 'workers'], 4],
    ['cluster', ['deployed', 'metallb', 'controller'], 'metallb (sha256:e0)'],
    ['cluster', ['deployed', 'l2', 'announcer'], 'arping 3'],
    ['cluster', ['deployed', 'bgp', 'hashPolicy'], '0'],
    ['cluster', ['deployed', 'router', 'imageId'], 'sha256:f0'],
  ];
  const whereOf = { plan: ['plan'], machine: ['machine'], cluster: ['host/ipvs', 'host/nftables'] };

  it.each(counts)('%s %j', (of, path, value) => {
    const fact = path.join('.').replace('provider.name', 'provider');
    const where = whereOf[of];
    const [found, ...more] = environmentDifferences(changed(of, path, value), before);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ where, fact });
    expect(found!.code).toBe(path.at(-1) === 'somethingNew' || path.at(-1) === 'tuning' ? 'unknown-before' : 'differs');
  });

  it.each(counts.filter(([of, path]) => of !== 'plan' && path.at(-1) !== 'somethingNew'))(
    '%s %j that only the earlier run recorded is unknown now, not equal',
    (of, path) => {
      const [now, ...more] = environmentDifferences(changed(of, path, undefined), before);
      expect([now?.code, now?.where, more]).toEqual(['unknown-now', whereOf[of], []]);
      // Where it was the only fact of its group, the group is unknown.
      expect(path.join('.').startsWith(now!.fact)).toBe(true);
      expect(environmentDifferences(before, changed(of, path, undefined))).toMatchObject([{ code: 'unknown-before' }]);
    },
  );

  it.each(volatileFacts.map(({ of, fact, why }) => [of, fact, why] as const))('not in %s %s: %s', (of, fact) => {
    expect(environmentDifferences(changed(of, fact.replace('*', 'cni').split('.'), 'something else'), before)).toEqual([]);
  });

  it.each([
    ['a disk of another name', ['kernelCommandLine'], 'BOOT_IMAGE=/boot/other root=/dev/vda1 ro quiet mitigations=auto'],
    ['memory that a boot took', ['memoryMiB'], 7990],
  ])('not in %s', (_, path, value) => {
    expect(environmentDifferences(changed('machine', path, value), before)).toEqual([]);
  });

  it('a fact that was looked for and not found out is not known to be the same', () => {
    expect(environmentDifferences(changed('machine', ['cpuModel'], 'unknown'), before)).toMatchObject([{ code: 'unknown-now' }]);
  });

  it('a group of facts that one run lacks is one difference, as is a machine of which nothing was recorded', () => {
    const without = { ...before, machine: {} };
    expect(environmentDifferences(without, before)).toMatchObject([
      { where: ['machine'], fact: 'every fact', code: 'unknown-now' },
    ]);
    expect(environmentDifferences(changed('cluster', ['deployed'], undefined), before)).toMatchObject([
      { fact: 'deployed', code: 'unknown-now' },
    ]);
    const { 'host/ipvs': _gone, ...rest } = before.facts;
    expect(environmentDifferences({ ...before, facts: rest }, before)).toMatchObject([
      { where: ['host/ipvs'], code: 'unknown-now' },
    ]);
  });

  it('of clusters that only one of the runs planned, nothing is compared', () => {
    const more = { ...before, facts: { ...before.facts, 'other/ipvs': before.facts['host/ipvs']! } };
    expect(environmentDifferences(more, before)).toEqual([]);
  });

  it('a fact named __proto__ or constructor is a fact', () => {
    const now = { ...before, machine: JSON.parse(JSON.stringify({ ...before.machine, constructor: 1 })) as Tree };
    expect(environmentDifferences(now, before)).toMatchObject([{ fact: 'constructor', code: 'unknown-before', now: 1 }]);
  });

  it('every format shows them, and JSON has them as data', () => {
    const now = changed('cluster', ['deployed', 'nginx', 'proxy'], 'nginx version: nginx/1.28.0');
    const differences = [
      {
        where: ['host/ipvs', 'host/nftables'],
        fact: 'deployed.nginx.proxy',
        code: 'differs',
        before: 'nginx version: nginx/1.22.1',
        now: 'nginx version: nginx/1.28.0',
      },
    ];
    const report = makeReport({ made: 'now', trafficlab: '0', runs: [now], baseline: { run: before } });
    const shown = [
      renderBetween([analyseBetween(now, before)], { colour: false, columns: 300 }),
      reportMarkdown(report),
      reportHtml(report),
    ];
    for (const text of shown) for (const part of ['deployed.nginx.proxy', '1.22.1', '1.28.0']) expect(text).toContain(part);
    expect(JSON.parse(reportJson(report)).between[0].differences).toEqual(differences);
    expect(readReportJson(reportJson(report)).between[0]!.differences).toEqual(differences);
  });
});
