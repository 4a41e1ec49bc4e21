import type { Exposure, IngressTopology, Placement, Topology } from './provider.ts';

/** "node-port-local", "load-balancer-bgp", "ingress-nginx-daemonset-host-port": how traffic enters, as scenarios and skips name it. */
export function topologyName(topology: Topology): string {
  switch (topology.entry) {
    case 'pod':
    case 'cluster-ip':
    case 'host-port':
      return topology.entry;
    case 'node-port':
      return `node-port${policyOf(topology)}`;
    case 'load-balancer':
      return `load-balancer-${topology.announce}${policyOf(topology)}`;
    case 'ingress':
      return `ingress-${controllerId(topology)}-${topologyName(topology.exposure)}`;
  }
}

/** Under which keys a provider may say that it cannot offer a topology (`Limits.topologies`), the most particular first. */
export function topologyKeys(topology: Topology): string[] {
  const keys = [topologyName(topology)];
  if (topology.entry === 'node-port') keys.push('node-port');
  if (topology.entry === 'load-balancer') keys.push(`load-balancer-${topology.announce}`, 'load-balancer');
  if (topology.entry === 'ingress') keys.push(`ingress-${topology.controller}`, 'ingress', ...topologyKeys(topology.exposure));
  return [...new Set(keys)];
}

/** Names one set of controller pods: "nginx-daemonset", "traefik-2". */
export const controllerId = ({ controller, placement }: Pick<IngressTopology, 'controller' | 'placement'>): string =>
  `${controller}-${placementName(placement)}`;

const placementName = (placement: Placement): string => (placement === 'daemonset' ? placement : String(placement.replicas));

/**
 * Exposures with the same key are served by one Service: "" for a plain one that a ClusterIP and a NodePort of policy Cluster share,
 * "local", "l2", "l2-local", "bgp", "bgp-local". A hostPort needs no Service.
 */
export function serviceKey(exposure: Exclude<Exposure, { entry: 'host-port' }> | { readonly entry: 'cluster-ip' }): string {
  if (exposure.entry === 'cluster-ip') return '';
  const parts = [
    ...(exposure.entry === 'load-balancer' ? [exposure.announce] : []),
    ...(exposure.trafficPolicy === 'local' ? ['local'] : []),
  ];
  return parts.join('-');
}

const policyOf = ({ trafficPolicy }: { readonly trafficPolicy: 'cluster' | 'local' }): string =>
  trafficPolicy === 'local' ? '-local' : '';
