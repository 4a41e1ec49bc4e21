import type { ControllerName } from './controllers.ts';

export { type ControllerName, controllers } from './controllers.ts';

/**
 * How the proxies of ingress controllers are set (docs/ingress-controllers.md has every value): `fair`, alike in all that they can have alike,
 * or `defaults`, each as its program ships.
 */
export const tunings = ['fair', 'defaults'] as const;
export type Tuning = (typeof tunings)[number];

/** Session affinities of a Service. */
export const sessionAffinities = ['none', 'client-ip'] as const;

/** Session affinity of a Service; absent: none. */
interface Affinity {
  readonly sessionAffinity?: 'client-ip';
}

/** The announcements that give a LoadBalancer an address of a pool: ARP on the nodes' segment, or BGP to a router. */
export const pooledAnnouncements = ['l2', 'bgp'] as const;
export type PooledAnnouncement = (typeof pooledAnnouncements)[number];

/** How an address of a LoadBalancer is made known; k3s' servicelb makes none known, it gives it those of the nodes. */
export const announcements = [...pooledAnnouncements, 'servicelb'] as const;
export type Announcement = (typeof announcements)[number];

/** How traffic enters: straight to a pod, through a Service of a type, at a hostPort, or through an ingress controller. */
export const entries = ['pod', 'cluster-ip', 'host-port', 'node-port', 'load-balancer', 'ingress'] as const;
/** Those by which the pods of an ingress controller are reached. */
export const exposures = ['host-port', 'node-port', 'load-balancer'] as const satisfies readonly Exposure['entry'][];

/** externalTrafficPolicy or internalTrafficPolicy of a Service. */
export const trafficPolicies = ['cluster', 'local'] as const;
export type TrafficPolicy = (typeof trafficPolicies)[number];

/** How pods are reached from outside of the cluster: echo pods, or those of an ingress controller. */
export type Exposure =
  | { readonly entry: 'host-port' }
  | ({ readonly entry: 'node-port'; readonly trafficPolicy: TrafficPolicy } & Affinity)
  | ({ readonly entry: 'load-balancer'; readonly announce: Announcement; readonly trafficPolicy: TrafficPolicy } & Affinity);

/** A Service's own address inside of the cluster. @field internalTrafficPolicy absent: cluster. */
export type ClusterIp = { readonly entry: 'cluster-ip'; readonly internalTrafficPolicy?: 'local' } & Affinity;

/** Where the pods of an ingress controller run: one on every worker, or so many anywhere. */
export type Placement = 'daemonset' | { readonly replicas: number };

/** Where pods of a topology are reached from outside of the cluster; undefined where they are not. At an ingress it is its controller's. */
export const exposureOf = (topology: Topology): Exposure | undefined => {
  if (topology.entry === 'pod' || topology.entry === 'cluster-ip') return undefined;
  return topology.entry === 'ingress' ? topology.exposure : topology;
};

/** How topologies have the addresses of LoadBalancers made known, each once. */
export const announcementsOf = (topologies: readonly Topology[]): Announcement[] => {
  const exposures = topologies.map(exposureOf);
  return announcements.filter((announce) =>
    exposures.some((exposure) => exposure?.entry === 'load-balancer' && exposure.announce === announce),
  );
};

export interface IngressTopology {
  readonly entry: 'ingress';
  readonly controller: ControllerName;
  readonly placement: Placement;
  readonly exposure: Exposure;
  /** Absent in runs stored before labs had the key; what they ran is nearest to `fair` (`tuningOf`). */
  readonly tuning?: Tuning;
}

/** The tuning of an ingress; undefined for all other topologies, which have no proxy. */
export const tuningOf = (topology: Topology): Tuning | undefined =>
  topology.entry === 'ingress' ? (topology.tuning ?? 'fair') : undefined;

/** Whether ingresses of more than one tuning are among topologies; then the names of all of them say which. */
export const tuningVaries = (topologies: readonly Topology[]): boolean =>
  new Set(topologies.flatMap((topology) => tuningOf(topology) ?? [])).size > 1;

/** How traffic enters. */
export type Topology = { readonly entry: 'pod' } | ClusterIp | Exposure | IngressTopology;

/**
 * "node-port-local", "cluster-ip-affinity", "load-balancer-bgp", "ingress-nginx-daemonset-host-port": how traffic enters, as scenarios and
 * skips name it.
 * @param withTuning names the tuning too, "ingress-nginx-daemonset-fair-host-port"; for labs in which it varies.
 */
export function topologyName(topology: Topology, withTuning = false): string {
  switch (topology.entry) {
    case 'pod':
    case 'host-port':
      return topology.entry;
    case 'cluster-ip':
      return `cluster-ip${topology.internalTrafficPolicy === 'local' ? '-local' : ''}${affinityOf(topology)}`;
    case 'node-port':
      return `node-port${policyOf(topology)}${affinityOf(topology)}`;
    case 'load-balancer':
      return `load-balancer-${topology.announce}${policyOf(topology)}${affinityOf(topology)}`;
    case 'ingress': {
      const tuning = withTuning ? `-${tuningOf(topology)}` : '';
      return `ingress-${topology.controller}-${placementName(topology.placement)}${tuning}-${topologyName(topology.exposure)}`;
    }
  }
}

/** Under which keys a provider may say that it cannot offer a topology (`Limits.topologies`), the most particular first. */
export function topologyKeys(topology: Topology): string[] {
  const keys = [topologyName(topology)];
  if ('sessionAffinity' in topology) keys.push(topologyName(topology).replace(/-affinity$/, ''));
  if (topology.entry === 'node-port' || topology.entry === 'cluster-ip') keys.push(topology.entry);
  if (topology.entry === 'load-balancer') keys.push(`load-balancer-${topology.announce}`, 'load-balancer');
  if (topology.entry === 'ingress') keys.push(`ingress-${topology.controller}`, 'ingress', ...topologyKeys(topology.exposure));
  return [...new Set(keys)];
}

/** Names one set of controller pods: "nginx-daemonset", "traefik-2"; "nginx-daemonset-defaults" where it is not of the tuning `fair`. */
export const controllerId = ({
  controller,
  placement,
  tuning = 'fair',
}: Pick<IngressTopology, 'controller' | 'placement' | 'tuning'>): string =>
  `${controller}-${placementName(placement)}${tuning === 'fair' ? '' : `-${tuning}`}`;

const placementName = (placement: Placement): string => (placement === 'daemonset' ? placement : String(placement.replicas));

/**
 * Exposures with the same key are served by one Service: "" for a plain one that a ClusterIP and a NodePort of policy Cluster share,
 * "local", "l2", "l2-local", "bgp", "servicelb-local", "internal-local", "affinity" and so on. A hostPort needs no Service.
 */
export function serviceKey(exposure: Exclude<Exposure, { entry: 'host-port' }> | ClusterIp): string {
  const policy =
    exposure.entry === 'cluster-ip'
      ? exposure.internalTrafficPolicy === 'local' && 'internal-local'
      : exposure.trafficPolicy === 'local' && 'local';
  const parts = [
    exposure.entry === 'load-balancer' && exposure.announce,
    policy,
    exposure.sessionAffinity === 'client-ip' && 'affinity',
  ].filter((part) => part !== false);
  return parts.join('-');
}

const policyOf = ({ trafficPolicy }: { readonly trafficPolicy: TrafficPolicy }): string =>
  trafficPolicy === 'local' ? '-local' : '';

const affinityOf = ({ sessionAffinity }: Affinity): string => (sessionAffinity === 'client-ip' ? '-affinity' : '');
