import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ProxyMode } from '../../../src/cluster/contract/provider.ts';
import { k3dConfig, readLog } from '../../../src/cluster/k3d/config.ts';
import { nodesOf } from '../../../src/cluster/k3d/nodes.ts';
import { k3dProvider } from '../../../src/cluster/k3d/provider.ts';
import { complaints } from '../../fakes/k3d-schema.mjs';

const name = 'trafficlab-iptab-0a1b2c-p4194304';
const config = (proxyMode: ProxyMode, workers = 2) =>
  parse(
    k3dConfig({
      name,
      nodeImage: 'rancher/k3s:v1.34.9-k3s1',
      timeoutMs: 540_000,
      spec: { id: proxyMode, provider: 'k3d', workers, proxyMode },
    }),
  );
interface Arg {
  readonly arg: string;
  readonly nodeFilters: readonly string[];
}
const args = (file: ReturnType<typeof config>): Arg[] => file.options.k3s.extraArgs;

describe('k3dConfig', () => {
  test.each(['iptables', 'ipvs', 'nftables'] as const)(
    '%s: the published schema takes it, and kube-proxy is told on every node',
    (mode) => {
      for (const workers of [0, 1, 3]) {
        const file = config(mode, workers);
        expect(complaints(file)).toEqual([]);
        expect(file).toMatchObject({ servers: 1, agents: workers, image: 'rancher/k3s:v1.34.9-k3s1' });
        // A filter that no node matches is an error of k3d's.
        const everywhere = workers ? ['server:*', 'agent:*'] : ['server:*'];
        expect(args(file)).toContainEqual({ arg: `--kube-proxy-arg=proxy-mode=${mode}`, nodeFilters: everywhere });
        expect(args(file).every(({ nodeFilters }) => nodeFilters.every((filter) => everywhere.includes(filter)))).toBe(true);
      }
    },
  );

  test('nothing of k3s or k3d is in the way, or among the rules that are counted', () => {
    const file = config('nftables');
    const servers = args(file).filter(({ nodeFilters }) => nodeFilters.join() === 'server:*');
    expect(servers.map(({ arg }) => arg)).toEqual(
      expect.arrayContaining(['--disable=traefik', '--disable=servicelb', '--disable-network-policy']),
    );
    expect(file.options.k3d.disableLoadbalancer).toBe(true);
    expect(file.registries).toBeUndefined();
  });

  test('servicelb is left in where a lab asks for it, on the workers only', () => {
    for (const workers of [0, 2]) {
      const spec = { id: 'lb', provider: 'k3d', workers, proxyMode: 'iptables', announcements: ['servicelb'] } as const;
      const file = parse(k3dConfig({ name, nodeImage: 'rancher/k3s:v1.34.9-k3s1', timeoutMs: 540_000, spec }));
      expect(complaints(file)).toEqual([]);
      expect(args(file).map(({ arg }) => arg)).not.toContain('--disable=servicelb');
      const enabled = { label: 'svccontroller.k3s.cattle.io/enablelb=true', nodeFilters: ['agent:*'] };
      if (workers) expect(file.options.k3s.nodeLabels).toContainEqual(enabled);
      else expect(file.options.k3s.nodeLabels).toBeUndefined();
    }
  });

  test("the user's kubeconfig is left alone, the API is on this machine only, and the network is k3d's to delete", () => {
    const file = config('iptables');
    expect(file.options.kubeconfig).toEqual({ updateDefaultKubeconfig: false, switchCurrentContext: false });
    expect(file.kubeAPI).toEqual({ hostIP: '127.0.0.1' });
    expect(file.network).toBeUndefined();
  });

  test('nodes are labelled with the cluster', () => {
    expect(config('iptables').options.runtime.labels).toEqual([
      { label: `dev.trafficlab.node=${name}`, nodeFilters: ['server:*', 'agent:*'] },
    ]);
  });

  test('in ipvs mode nodes answer ARP for their own addresses only', () => {
    expect(args(config('ipvs')).map(({ arg }) => arg)).toContain('--kube-proxy-arg=ipvs-strict-arp=true');
  });

  test.each(['userspace', 'none'] as const)('%s is refused', (mode) => {
    expect(() => config(mode)).toThrow(`k3d cannot create a cluster in ${mode} mode`);
  });
});

test('k3d is used where it is asked for by name, and never chosen', () => {
  expect(k3dProvider().byNameOnly).toBe(true);
});

test('the schema refuses what k3d would', () => {
  expect(complaints({ ...config('iptables'), proxyMode: 'ipvs' })).toEqual([expect.stringContaining('additional')]);
  expect(complaints({ ...config('iptables'), metadata: { name: 'no_host_name' } })).toEqual([
    expect.stringContaining('hostname'),
  ]);
});

describe('readLog', () => {
  test.each([
    ["\u001b[36mINFO\u001b[0m[0003] Creating node 'k3d-x-server-0' ", { level: 'info', text: "Creating node 'k3d-x-server-0'" }],
    ['WARN[0000] No node filter specified', { level: 'warning', text: 'No node filter specified' }],
    ['\u001b[31mERRO\u001b[0m[0020] Failed Cluster Start', { level: 'error', text: 'Failed Cluster Start' }],
    ['FATA[2026-11-25T23:00:00Z] Cluster creation FAILED', { level: 'error', text: 'Cluster creation FAILED' }],
  ] as const)('%j', (line, read) => expect(readLog(line)).toEqual(read));

  test.each(['kubectl cluster-info', '', 'INFO'])('%j is no line of the log', (line) => expect(readLog(line)).toBeUndefined());
});

test('nodes are servers and agents; what else k3d lists is none', () => {
  const node = (role: string, of = name) => ({ name: `k3d-${of}-${role}`, role });
  const json = JSON.stringify([
    { name: 'other', nodes: [node('server', 'other')] },
    { name, nodes: ['agent', 'loadbalancer', 'server', 'registry', ''].map((role) => node(role)) },
  ]);
  expect(nodesOf(json, name)).toEqual([
    { name: `k3d-${name}-agent`, role: 'worker' },
    { name: `k3d-${name}-server`, role: 'control-plane' },
  ]);
  expect(nodesOf('null', name)).toEqual([]);
});
