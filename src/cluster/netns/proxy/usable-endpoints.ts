import type { ProxyNode } from './config.ts';
import type { Endpoint } from './endpoints.ts';
import { externallyAccessible, type ServicePort, usesClusterEndpoints, usesLocalEndpoints } from './service-port.ts';

/** The endpoints of a Service port as one node may use them. */
export interface UsableEndpoints {
  /** For traffic policy Cluster, topology hints taken into account; empty where the port never uses that policy. */
  readonly cluster: readonly Endpoint[];
  /** For traffic policy Local; empty where the port never uses that policy. */
  readonly local: readonly Endpoint[];
  /** Both, each endpoint once. */
  readonly reachable: readonly Endpoint[];
  /** There are endpoints somewhere in the cluster, perhaps none that this node may use. */
  readonly any: boolean;
}

const none: UsableEndpoints = { cluster: [], local: [], reachable: [], any: false };

/**
 * Sorts out which endpoints a node uses (CategorizeEndpoints, pkg/proxy/topology.go): ready ones, or, for each policy apart, those that
 * are terminating and still serve where no ready one is left (KEP-1669).
 */
export function usableEndpoints(port: ServicePort, endpoints: readonly Endpoint[], node: ProxyNode): UsableEndpoints {
  if (endpoints.length === 0) return none;
  const usesCluster = usesClusterEndpoints(port);
  const available = usesCluster ? hinted(endpoints, node) : undefined;
  const cluster = usesCluster ? readyOrLeaving(endpoints, available) : [];
  if (!usesLocalEndpoints(port)) return { cluster, local: [], reachable: cluster, any: cluster.length > 0 };

  const local = readyOrLeaving(endpoints.filter((endpoint) => endpoint.local));
  const any = cluster.length > 0 || endpoints.some((endpoint) => endpoint.ready || leaving(endpoint));
  const reachable = usesCluster ? union(cluster, local) : local;
  return { cluster, local, reachable, any };
}

/** Where a Service port's traffic goes on a node: the decisions that modes iptables and nftables share (their syncProxyRules). */
export interface Routes {
  /** Policy of traffic to the cluster IP, and whether that policy has endpoints here. */
  readonly internalLocal: boolean;
  readonly hasInternal: boolean;
  /** Policy of traffic to node ports, external and load balancer addresses. */
  readonly externalLocal: boolean;
  readonly hasExternal: boolean;
  /** There is a chain for external traffic, if only to short-circuit what pods and nodes send. */
  readonly usesExternalChain: boolean;
}

export function routesOf(port: ServicePort, endpoints: UsableEndpoints): Routes {
  const has = (local: boolean) => endpoints.any && (!local || endpoints.local.length > 0);
  return {
    internalLocal: port.internalLocal,
    hasInternal: has(port.internalLocal),
    externalLocal: port.externalLocal,
    hasExternal: has(port.externalLocal),
    usesExternalChain: endpoints.any && externallyAccessible(port),
  };
}

const leaving = (endpoint: Endpoint): boolean => !endpoint.ready && endpoint.serving && endpoint.terminating;

function readyOrLeaving(endpoints: readonly Endpoint[], available?: (endpoint: Endpoint) => boolean): readonly Endpoint[] {
  const isUsable = (endpoint: Endpoint) => endpoint.ready && (available?.(endpoint) ?? true);
  // The usual case costs no copy, which shows with 10,000 Services.
  if (endpoints.every(isUsable)) return endpoints;
  const ready = endpoints.filter(isUsable);
  return ready.length > 0 ? ready : endpoints.filter((endpoint) => endpoint.serving && endpoint.terminating);
}

/** Keeps the endpoints hinted for this node, else those for its zone; hints count only when every ready endpoint has one (KEP-2433, KEP-3015). */
function hinted(endpoints: readonly Endpoint[], node: ProxyNode): ((endpoint: Endpoint) => boolean) | undefined {
  if (!endpoints.some(({ nodes, zones }) => nodes.length + zones.length > 0)) return undefined;
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  const forNode = (endpoint: Endpoint) => endpoint.nodes.includes(node.name);
  if (ready.every(({ nodes }) => nodes.length > 0) && ready.some(forNode)) return forNode;
  const forZone = (endpoint: Endpoint) => endpoint.zones.includes(node.zone ?? '');
  if (ready.every(({ zones }) => zones.length > 0) && ready.some(forZone)) return forZone;
  return undefined;
}

function union(first: readonly Endpoint[], second: readonly Endpoint[]): readonly Endpoint[] {
  const texts = new Set(first.map(({ text }) => text));
  const extra = second.filter(({ text }) => !texts.has(text));
  return extra.length > 0 ? [...first, ...extra] : first;
}
