import { expect, test } from 'vitest';
import type { Deployment } from '../../src/cluster/contract/deployment.ts';
import type { Cluster } from '../../src/cluster/contract/provider.ts';
import { clusterFacts } from '../../src/results/schema.ts';
import { stageFacts } from '../../src/run/stage-facts.ts';

const cni = { value: 'kindnet', source: 'component', from: 'pod x runs' } as const;
const cluster = (announcers?: Cluster['announcers']) =>
  ({ announcers, facts: { provider: 'fake', kernel: '6.1', detected: { cni } } }) as unknown as Cluster;
const deployment = {
  targets: [{ topology: { entry: 'load-balancer', announce: 'l2', trafficPolicy: 'cluster' } }],
  controllers: [{ controller: 'nginx' }],
  facts: { metallb: 'x' },
} as unknown as Deployment;
const mode = { value: 'ipvs', source: 'kernel', from: 'the rules on one' } as const;

test('what a cluster runs is complete once its mode was looked at and the workload stands, and is what facts.json takes', () => {
  const facts = stageFacts({ cluster: cluster({ l2: 'MetalLB (L2)' }), deployment, mode });
  expect(facts).toMatchObject({
    detected: {
      cni,
      proxyMode: mode,
      loadBalancer: { value: 'MetalLB (L2)', source: 'component' },
      ingressControllers: { value: 'nginx', source: 'component' },
    },
    deployed: { metallb: 'x' },
  });
  expect(clusterFacts.parse(facts)).toEqual(facts);
});

test('on a cluster that exists already nothing that was found out is covered by what the run adds', () => {
  expect(stageFacts({ cluster: cluster(), deployment }).detected).toEqual({ cni });
});
