import type { ServiceRef } from '../contract/deployment.ts';
import type { Host } from '../contract/host.ts';
import type { KubeClient } from './client.ts';

/**
 * Gives a host on the nodes' network (the client outside, or the router in front of it) routes to the pods, each node's by that node, and to
 * the Services' ClusterIPs by one node: what a routed data centre has, and what makes both reachable from outside of the cluster.
 */
export async function routeToCluster(
  { core }: KubeClient,
  host: Host,
  nodes: readonly Host[],
  services: readonly ServiceRef[],
  entry: Host,
): Promise<void> {
  const { items } = await core.listNode();
  const pods = items.flatMap(({ metadata, spec }) => {
    const node = nodes.find(({ name }) => name === metadata?.name);
    return node && spec?.podCIDR ? [`${spec.podCIDR} via ${node.address}`] : [];
  });
  const routes = [...pods, ...services.map(({ clusterIP }) => `${clusterIP}/32 via ${entry.address}`)];
  await host.inNetwork(['sh', '-c', ADD, 'routes', ...routes], { timeoutMs: 60_000 });
}

/** A fixed text whose parameters are arguments; each is a route of several words. One call, because a call may be a container. */
const ADD = 'set -e; for route in "$@"; do ip route replace $route; done';
