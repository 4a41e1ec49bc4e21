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

/** On a cluster that exists already, its provider finds out what it has, and what the run adds is under `deployed`. */
function ofDeployment({ cluster: { announcers }, deployment }: Pick<Stage, 'cluster' | 'deployment'>): Detections {
  if (!announcers) return {};
  const announced = announcementsOf(deployment.targets.map(({ topology }) => topology));
  return {
    ingressControllers: started(deployment.controllers.map(({ controller }) => controller)),
    loadBalancer: started(announced.flatMap((one) => announcers[one] ?? [])),
  };
}

const started = (names: readonly string[]): Detected =>
  names.length > 0
    ? { value: [...new Set(names)].join(', '), source: 'component', from: 'started by this run, and ready' }
    : { value: 'none', source: 'configuration', from: 'created by this run, without one' };
