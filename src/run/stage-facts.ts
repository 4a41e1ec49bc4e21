import type { Detected, Detections, Facts } from '../cluster/contract/provider.ts';
import { announcementsOf } from '../cluster/contract/topology.ts';
import type { Stage } from './stage.ts';

/** What is known of a cluster once its workload stands and its mode was looked at; what the run itself deployed is part of it. */
export function stageFacts({ cluster, deployment, mode }: Pick<Stage, 'cluster' | 'deployment' | 'mode'>): Facts {
  const { facts } = cluster;
  const detected: Detections = {
    ...facts.detected,
    ...(mode ? { proxyMode: mode } : {}),
    ...ofDeployment({ cluster, deployment }),
  };
  return {
    ...facts,
    detected,
    ...(Object.keys(deployment.facts).length > 0 ? { deployed: deployment.facts } : {}),
  };
}

/** By the provider: what announces the LoadBalancers that a run asks for. */
const ANNOUNCERS: Readonly<Record<string, string>> = {
  'netns l2': "trafficlab's announcer (ARP of the kernel)",
  'netns bgp': 'BIRD on each worker (BGP)',
  'kind l2': 'MetalLB (L2)',
  'kind bgp': 'MetalLB (BGP)',
  'k3d l2': 'MetalLB (L2)',
  'k3d bgp': 'MetalLB (BGP)',
  'k3d servicelb': 'klipper (servicelb)',
};

/** On a cluster that exists already, what it has is found out by its provider, and what the run adds stands under `deployed`. */
function ofDeployment({ cluster: { spec }, deployment }: Pick<Stage, 'cluster' | 'deployment'>): Detections {
  if (spec.provider === 'kubeconfig') return {};
  const announced = announcementsOf(deployment.targets.map(({ topology }) => topology));
  return {
    ingressControllers: started(deployment.controllers.map(({ controller }) => controller)),
    loadBalancer: started(announced.flatMap((one) => ANNOUNCERS[`${spec.provider} ${one}`] ?? [])),
  };
}

const started = (names: readonly string[]): Detected =>
  names.length > 0
    ? { value: [...new Set(names)].join(', '), source: 'component', from: 'this run started it and saw it ready' }
    : { value: 'none', source: 'configuration', from: 'this run made the cluster and started none' };
