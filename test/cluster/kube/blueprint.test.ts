import type { V1CustomResourceDefinition, V1DaemonSet, V1Deployment, V1Service } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { bgpPool, l2Pool } from '../../../src/cluster/addresses/address-pool.ts';
import type { Exposure, IngressTopology, Topology } from '../../../src/cluster/contract/topology.ts';
import { balancersOf, blueprint } from '../../../src/cluster/kube/blueprint.ts';
import { imagesFor } from '../../../src/cluster/kube/images.ts';

const l2: Exposure = { entry: 'load-balancer', announce: 'l2', trafficPolicy: 'cluster' };
const bgpLocal: Exposure = { entry: 'load-balancer', announce: 'bgp', trafficPolicy: 'local' };
const onHost: Exposure = { entry: 'host-port' };
const ingress = (
  controller: IngressTopology['controller'],
  placement: IngressTopology['placement'],
  exposure: Exposure,
): Topology => ({
  entry: 'ingress',
  controller,
  placement,
  exposure,
});
const images = imagesFor(undefined, [], undefined);
const pools = new Map([
  ['l2', l2Pool({ network: '172.18.0.0/16', taken: [] })],
  ['bgp', bgpPool('192.168.10.0/24')],
] as const);
const planFor = (topologies: readonly Topology[], given: Parameters<typeof blueprint>[0]['pools'] = new Map()) =>
  blueprint({
    site: { namespace: 'trafficlab' },
    workload: { replicas: 2 },
    topologies,
    images,
    pools: given,
    agent: { source: '', hash: 'abc' },
  });
const named = (plan: ReturnType<typeof planFor>) =>
  [...plan.ground, ...plan.announcements, ...plan.workloads].map(({ kind, metadata }) => `${kind} ${metadata?.name}`);

test('what topologies do not need is not there', () => {
  const plan = planFor([{ entry: 'pod' }, { entry: 'node-port', trafficPolicy: 'local' }]);
  expect(named(plan)).toEqual([
    'Namespace trafficlab',
    'ConfigMap agent',
    'Deployment echo',
    'DaemonSet client',
    'Service echo',
    'Service echo-local',
  ]);
  expect(plan.images).toEqual([]);
  expect(plan.hostPorts).toEqual([]);
});

test('every way in at once: one set of pods per controller and placement, one Service per exposure, hostPorts of their own', () => {
  const plan = planFor(
    [
      { entry: 'host-port' },
      l2,
      ingress('nginx', 'daemonset', onHost),
      ingress('nginx', 'daemonset', l2),
      ingress('traefik', { replicas: 2 }, bgpLocal),
      ingress('haproxy', 'daemonset', onHost),
      ingress('haproxy', 'daemonset', { entry: 'node-port', trafficPolicy: 'cluster' }),
    ],
    pools,
  );
  expect(plan.workloads.map(({ kind, metadata }) => `${kind} ${metadata?.name}`)).toEqual([
    'Deployment controller',
    'DaemonSet speaker',
    'DaemonSet nginx-daemonset',
    'Deployment traefik-2',
    'DaemonSet haproxy-daemonset',
  ]);
  expect(plan.hostPorts).toEqual([8088, 80, 8081]);
  expect(plan.images).toEqual(['metallb-controller', 'metallb-speaker', 'nginx', 'traefik', 'haproxy']);
  const services = plan.ground.filter(({ kind }) => kind === 'Service') as V1Service[];
  expect(services.map(({ metadata }) => metadata?.name)).toEqual([
    'echo',
    'echo-l2',
    'nginx-daemonset-l2',
    'traefik-2-bgp-local',
    'haproxy-daemonset',
  ]);
  expect(services.find(({ metadata }) => metadata?.name === 'traefik-2-bgp-local')).toMatchObject({
    metadata: { annotations: { 'metallb.io/address-pool': 'trafficlab-bgp' } },
    spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
  });
  expect(named(plan).filter((one) => /^Ingress/.test(one))).toEqual([
    'IngressClass trafficlab-nginx',
    'IngressClass trafficlab-traefik',
    'IngressClass trafficlab-haproxy',
    'Ingress echo-nginx',
    'Ingress echo-traefik',
    'Ingress echo-haproxy',
  ]);
});

test('cases 5.5: each tuning has pods of its own, told how to be set, on a hostPort of their own, and one IngressClass serves both', () => {
  const topologies = (['nginx', 'traefik'] as const).flatMap((controller) =>
    (['fair', 'defaults'] as const).map((tuning): Topology => {
      const topology = { entry: 'ingress', controller, placement: 'daemonset', exposure: onHost } as const;
      return { ...topology, tuning };
    }),
  );
  const plan = planFor(topologies);
  const pods = plan.workloads as V1DaemonSet[];
  expect(pods.map(({ metadata }) => metadata?.name)).toEqual([
    'nginx-daemonset',
    'nginx-daemonset-defaults',
    'traefik-daemonset',
    'traefik-daemonset-defaults',
  ]);
  expect(plan.hostPorts).toEqual([80, 8081, 8082, 8083]);
  expect(named(plan).filter((one) => /^Ingress/.test(one))).toHaveLength(4);
  const containers = pods.map(({ spec }) => spec!.template.spec!.containers);
  const tuningOf = (command: readonly string[] = []) => command[command.indexOf('--tuning') + 1];
  expect([containers[0]![1]!.command, containers[1]![1]!.command].map(tuningOf)).toEqual(['fair', 'defaults']);
  const [fair, defaults] = [containers[2]![0]!, containers[3]![0]!];
  expect([fair.env, defaults.env]).toEqual([[{ name: 'GOMAXPROCS', value: '1' }], []]);
  expect(fair.args).toContain('--serverstransport.maxidleconnsperhost=256');
  expect(fair.args?.filter((arg) => !defaults.args?.includes(arg))).toHaveLength(7);
  expect(defaults.args?.filter((arg) => !fair.args?.includes(arg))).toEqual([]);
});

test('no pod runs by an image that is always pulled, nor with more than it needs; only what speaks raw packets is on the host', () => {
  const plan = planFor([l2, ingress('nginx', 'daemonset', onHost), ingress('traefik', { replicas: 1 }, onHost)], pools);
  for (const object of [...plan.ground, ...plan.workloads]) {
    if (object.kind !== 'Deployment' && object.kind !== 'DaemonSet') continue;
    const { spec } = (object as V1Deployment | V1DaemonSet).spec!.template;
    expect(spec?.hostNetwork ?? false).toBe(object.metadata?.name === 'speaker');
    for (const { imagePullPolicy, securityContext, readinessProbe, name } of spec?.containers ?? []) {
      expect(imagePullPolicy).toBe('IfNotPresent');
      expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
      if (object.metadata?.name !== 'client' && name !== 'controller') expect(readinessProbe).toBeDefined();
    }
  }
});

test("MetalLB's kinds keep every field, need no webhook, and store one version", () => {
  const kinds = planFor([l2], pools).ground.filter(
    ({ kind }) => kind === 'CustomResourceDefinition',
  ) as V1CustomResourceDefinition[];
  expect(kinds.map(({ metadata }) => metadata?.name).sort()).toEqual([
    'bfdprofiles.metallb.io',
    'bgpadvertisements.metallb.io',
    'bgppeers.metallb.io',
    'communities.metallb.io',
    'configurationstates.metallb.io',
    'ipaddresspools.metallb.io',
    'l2advertisements.metallb.io',
    'servicebgpstatuses.metallb.io',
    'servicel2statuses.metallb.io',
  ]);
  for (const { spec } of kinds) {
    expect(spec.conversion).toEqual({ strategy: 'None' });
    expect(spec.versions.filter(({ storage }) => storage)).toHaveLength(1);
    for (const { schema } of spec.versions)
      expect(schema).toEqual({ openAPIV3Schema: { type: 'object', x_kubernetes_preserve_unknown_fields: true } });
  }
});

test('addresses are needed once for each Service, not for each topology', () => {
  expect(
    balancersOf([l2, l2, ingress('nginx', 'daemonset', l2), ingress('nginx', 'daemonset', bgpLocal), { entry: 'pod' }]),
  ).toEqual([
    { name: 'echo-l2', announce: 'l2' },
    { name: 'nginx-daemonset-l2', announce: 'l2' },
    { name: 'nginx-daemonset-bgp-local', announce: 'bgp' },
  ]);
});
