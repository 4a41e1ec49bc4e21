import type { KubernetesObject, V1Deployment } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { blueprint } from '../../../src/cluster/kube/blueprint.ts';
import { imagesFor } from '../../../src/cluster/kube/images.ts';
import type { Site } from '../../../src/cluster/kube/manifests/site.ts';

const site: Site = { namespace: 'trafficlab-1a2b', made: true, hostnames: { clients: ['control', 'one'], workers: ['one'] } };
const { ground, workloads } = blueprint({
  site,
  workload: { replicas: 2 },
  topologies: [
    { entry: 'ingress', controller: 'nginx', placement: 'daemonset', exposure: { entry: 'node-port', trafficPolicy: 'cluster' } },
    { entry: 'ingress', controller: 'traefik', placement: { replicas: 1 }, exposure: { entry: 'host-port' } },
  ],
  images: imagesFor(undefined, [], undefined),
  pools: new Map(),
  agent: { source: '', hash: 'abc' },
});
const all: readonly KubernetesObject[] = [...ground, ...workloads];

test('everything goes to the namespace that is there, and what lies in none is named and labelled after it', () => {
  expect(all.map(({ kind }) => kind)).not.toContain('Namespace');
  for (const { kind, metadata } of all.filter(({ metadata }) => metadata?.namespace === undefined)) {
    expect(['ClusterRole', 'ClusterRoleBinding', 'IngressClass']).toContain(kind);
    expect(metadata).toMatchObject({
      name: expect.stringMatching(/^trafficlab-1a2b-/),
      labels: { 'trafficlab.dev/namespace': 'trafficlab-1a2b' },
    });
  }
  const namespaces = new Set(all.flatMap(({ metadata }) => metadata?.namespace ?? []));
  expect(namespaces).toEqual(new Set(['trafficlab-1a2b']));
});

test('clients stand on all nodes of the run, all other pods on its workers, and none anywhere else', () => {
  const placed = all.flatMap((object) => {
    const { template } = (object as V1Deployment).spec ?? {};
    const terms = template?.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    return template ? [[object.metadata?.name, terms?.[0]?.matchExpressions?.[0]?.values]] : [];
  });
  expect(Object.fromEntries(placed)).toEqual({
    client: ['control', 'one'],
    echo: ['one'],
    'nginx-daemonset': ['one'],
    'traefik-1': ['one'],
  });
});
