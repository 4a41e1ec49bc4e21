import type { DeployedController, Endpoint, Position, ServiceRef, Target } from './deployment.ts';
import type { Host } from './host.ts';
import { controllerId, type Exposure, serviceKey, type Topology } from './topology.ts';

/** So many pods stand for all of them where there are hundreds. */
const PODS_ASKED = 16;

export interface Reachable {
  readonly nodes: readonly Host[];
  /** The client outside, behind the router where there is one. It has a route to the pods' and the Services' addresses. */
  readonly outside: Host;
  /** One on every node. */
  readonly clients: readonly Host[];
  readonly endpoints: readonly Endpoint[];
  /** The port of each node that leads to the echo pod on it, where they have one. */
  readonly hostPort?: number;
  /** The echo pods' Services, by `serviceKey`. */
  readonly services: ReadonlyMap<string, ServiceRef>;
  readonly controllers: readonly DeployedController[];
  /** Services by where they stand among the rules; empty but in labs about scale. */
  readonly positions: ReadonlyMap<Position, ServiceRef>;
}

/**
 * The inside client is the one on the control plane, or where that is not to be seen on a node without an echo pod: every backend is one
 * node away from it, so a pod's own address and a Service differ in the rules and in nothing else. The pods' own addresses are all asked in turn, as a Service spreads
 * over all pods: one pod alone would stay warm in the CPU's caches, which has nothing to do with rules. NodePorts and hostPorts are
 * entered at the first worker that has a pod; so are ClusterIPs from outside, which are routed there. With internalTrafficPolicy Local the
 * inside client is on that worker too.
 */
export function targetsOf(topologies: readonly Topology[], reachable: Reachable): Target[] {
  const { nodes, outside, clients, endpoints, services, controllers, positions } = reachable;
  const apart =
    nodes.find(({ role }) => role === 'control-plane') ?? nodes.find(({ name }) => endpoints.every(({ node }) => node !== name));
  const worker = nodes.find(({ role, name }) => role === 'worker' && endpoints.some(({ node }) => node === name));
  const inside = clients.find(({ node }) => node === apart?.name);
  const beside = clients.find(({ node }) => node === worker?.name);
  const [podUrl, ...alternates] = endpoints.slice(0, PODS_ASKED).map(({ address, port }) => httpUrl(address, port));
  if (!inside || !beside || !apart || !worker || podUrl === undefined)
    throw new TypeError('a cluster needs a node with a client and no echo pod, and a worker with an echo pod');
  const vantages = [
    { vantage: 'pod' as const, from: [inside] as const, entry: apart },
    { vantage: 'outside' as const, from: [outside] as const, entry: worker },
  ];
  const local = { vantage: 'pod' as const, from: [beside] as const, entry: worker };
  return topologies.flatMap((topology): Target[] => {
    switch (topology.entry) {
      case 'pod':
        return vantages.map(({ vantage, from }) => ({ url: podUrl, alternates, from, vantage, topology }));
      case 'cluster-ip': {
        const own = services.get(serviceKey(topology));
        const places = serviceKey(topology) === '' ? positions : [];
        const all = [...(own ? [[undefined, own] as const] : []), ...places];
        // Where only pods of the client's own node answer, a client without one is sent nothing on to, by design (KEP-2086).
        const standing = topology.internalTrafficPolicy === 'local' ? [local, ...vantages.slice(1)] : vantages;
        return standing.flatMap(({ vantage, from, entry }) =>
          all.map(([position, service]) => ({
            url: httpUrl(service.clusterIP, service.port),
            from,
            vantage,
            topology,
            service,
            entryNode: entry.name,
            ...(position === undefined ? {} : { position }),
          })),
        );
      }
      case 'ingress': {
        const controller = controllers.find((one) => controllerId(one) === controllerId(topology));
        if (!controller) return [];
        const { pods, hostPort, services: own } = controller;
        const entries = entriesOf(topology.exposure, { nodes, pods, hostPort, services: own });
        return entries.map((entry) => ({ ...entry, from: [outside], vantage: 'outside', topology, controller }));
      }
      default: {
        const entries = entriesOf(topology, { nodes, pods: endpoints, hostPort: reachable.hostPort, services });
        // From a pod kube-proxy cuts the way to a LoadBalancer short, on the pod's own node.
        const standing = vantages.filter(({ vantage }) => vantage === 'outside' || topology.entry === 'node-port');
        return entries.flatMap((entry) => standing.map(({ vantage, from }) => ({ ...entry, from, vantage, topology })));
      }
    }
  });
}

interface Exposed {
  readonly nodes: readonly Host[];
  readonly pods: readonly Endpoint[];
  readonly hostPort: number | undefined;
  readonly services: ReadonlyMap<string, ServiceRef>;
}

/** Where pods are reached by an exposure; nothing where the cluster has no such way in. */
function entriesOf(
  exposure: Exposure,
  { nodes, pods, hostPort, services }: Exposed,
): readonly Pick<Target, 'url' | 'service' | 'entryNode'>[] {
  const node = nodes.find(({ role, name }) => role === 'worker' && pods.some((pod) => pod.node === name));
  if (exposure.entry === 'host-port')
    return node && hostPort !== undefined ? [{ url: httpUrl(node.address, hostPort), entryNode: node.name }] : [];
  const service = services.get(serviceKey(exposure));
  if (!service) return [];
  if (exposure.entry === 'load-balancer') {
    const { loadBalancerIP, port } = service;
    if (loadBalancerIP === undefined) return [];
    const own = nodes.find(({ address }) => address === loadBalancerIP); // servicelb gives out the nodes' addresses
    return [{ url: httpUrl(loadBalancerIP, port), service, ...(own ? { entryNode: own.name } : {}) }];
  }
  const { nodePort } = service;
  return node && nodePort !== undefined ? [{ url: httpUrl(node.address, nodePort), service, entryNode: node.name }] : [];
}

export const httpUrl = (address: string, port: number): string => `http://${address}:${port}/`;

/** Where a target's connections go: IPv4 address and port. */
export function destinationOf(url: string): { readonly address: string; readonly port: number } {
  const { hostname, port } = new URL(url);
  return { address: hostname, port: Number(port || 80) };
}
