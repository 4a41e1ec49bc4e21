import { type Performers, performEvent } from '../contract/events.ts';
import type { Cluster, ClusterSpec, Facts } from '../contract/provider.ts';
import { nodeCarriers, readCarriers } from '../kernel/carriers.ts';
import { type Deployed, deploy } from './deploy.ts';
import type { EventGround } from './perform.ts';
import type { Platform } from './platform.ts';

export interface KubeClusterOptions extends Pick<Cluster, 'proveMode' | 'collectLogs' | 'announcers'> {
  readonly spec: ClusterSpec;
  readonly platform: Platform;
  readonly facts: Facts;
  readonly performers: Performers<EventGround>;
  /** Deletes the cluster, or leaves it when it is to be kept. */
  readonly dispose: () => Promise<void>;
}

/** A cluster that has an API server, behind the contract of provider.ts. */
export function kubeCluster(options: KubeClusterOptions): Cluster {
  const { spec, platform, facts, performers, announcers, proveMode, collectLogs, dispose } = options;
  let deployed: Deployed | undefined;
  return {
    spec,
    hosts: [...platform.nodes, platform.outside],
    facts,
    ...(announcers ? { announcers } : {}),
    proveMode,
    async deploy(workload, topologies, context) {
      deployed = await deploy(platform, workload, topologies, context);
      return deployed.deployment;
    },
    carriers: () => readCarriers(platform.nodes, [...nodeCarriers, ...(deployed?.proxies ?? [])]),
    perform: (event) => performEvent(event, performers, { deployed }),
    collectLogs,
    [Symbol.asyncDispose]: dispose,
  };
}
