import type { Deployment, Endpoint, ServiceRef, Target } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import type { ProxyMode } from '../cluster/contract/provider.ts';
import { destinationOf } from '../cluster/contract/targets.ts';
import { exposureOf } from '../cluster/contract/topology.ts';

/** The two chains of a Service that spread over endpoints: over all of them, or over those of the node (traffic policy Local). */
export type Spread = 'service' | 'local';

/** How connections come to a Service's rules on a node, and what must become of them there. */
export interface Way {
  readonly service: ServiceRef;
  readonly entry: 'cluster-ip' | 'node-port' | 'load-balancer';
  /** What the client asks for. */
  readonly address: string;
  readonly port: number;
  /** Which spread may take them; several where it is the provider's network that decides. */
  readonly spreads: readonly Spread[];
  /** The pods that stand behind the Service. */
  readonly endpoints: readonly Endpoint[];
  /** Session affinity ClientIP is asked for. */
  readonly affinity: boolean;
}

/** The endpoints that a spread on a node must lead to, all of them and no other. */
export const endpointsOf = ({ endpoints }: Way, spread: Spread, node: string): readonly Endpoint[] =>
  spread === 'local' ? endpoints.filter((endpoint) => endpoint.node === node) : endpoints;

/** "namespace/name" of the Service. */
export const serviceOf = ({ service: { namespace, name } }: Way): string => `${namespace}/${name}`;

/** The pods behind a Service of a deployment as it stands now. */
export function servingEndpoints({ endpoints }: ServiceRef, deployment: Deployment): readonly Endpoint[] {
  const serving = deployment.serving?.();
  return endpoints ?? deployment.endpoints.filter(({ pod }) => serving === undefined || serving.includes(pod));
}

/** The way of a target that goes through a Service; policies are those that its topology asks for. */
export function wayOf(target: Target, service: ServiceRef, mode: ProxyMode, deployment: Deployment): Way {
  const { topology, vantage, url } = target;
  const exposure = exposureOf(topology);
  const common = { service, ...destinationOf(url), endpoints: servingEndpoints(service, deployment) };
  if (exposure === undefined || exposure.entry === 'host-port') {
    const asked = topology.entry === 'cluster-ip' ? topology : undefined;
    return {
      ...common,
      entry: 'cluster-ip',
      spreads: asked?.internalTrafficPolicy === 'local' ? ['local'] : ['service'],
      affinity: asked?.sessionAffinity === 'client-ip',
    };
  }
  const local = exposure.trafficPolicy === 'local';
  return {
    ...common,
    entry: exposure.entry,
    spreads: local ? localSpreads(mode, vantage) : ['service'],
    affinity: exposure.sessionAffinity === 'client-ip',
  };
}

/**
 * With externalTrafficPolicy Local iptables and nftables lead a pod's own connections over all endpoints where kube-proxy knows the pods'
 * addresses (KEP-1669, "short-circuit"); ipvs has one virtual server for whoever comes.
 */
function localSpreads(mode: ProxyMode, vantage: Target['vantage']): readonly Spread[] {
  return vantage === 'outside' || mode === 'ipvs' ? ['local'] : ['service', 'local'];
}

/** A Service's ways by its ClusterIP and, where it has one, its port of a node; policies are those of the Service itself. */
export function waysAt(
  node: Host,
  service: ServiceRef,
  endpoints: readonly Endpoint[],
): { readonly inside: Way; readonly port?: Way } {
  const common = { service, endpoints, affinity: service.sessionAffinity === 'client-ip' };
  return {
    inside: {
      ...common,
      entry: 'cluster-ip',
      address: service.clusterIP,
      port: service.port,
      spreads: [service.internalTrafficPolicy === 'local' ? 'local' : 'service'],
    },
    ...(service.nodePort === undefined
      ? {}
      : {
          port: {
            ...common,
            entry: 'node-port',
            address: node.address,
            port: service.nodePort,
            spreads: [service.externalTrafficPolicy === 'local' ? 'local' : 'service'],
          },
        }),
  };
}
