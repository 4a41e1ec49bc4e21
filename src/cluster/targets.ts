import type { Endpoint, Host, Position, ServiceRef, Target, Topology } from './provider.ts';

type TrafficPolicy = 'cluster' | 'local';

/** So many pods stand for all of them where there are hundreds. */
const PODS_ASKED = 16;

export interface Reachable {
  readonly nodes: readonly Host[];
  readonly outside: Host;
  /** One on every node. */
  readonly clients: readonly Host[];
  readonly endpoints: readonly Endpoint[];
  readonly services: ReadonlyMap<TrafficPolicy, ServiceRef>;
  /** Services by where they stand among the rules; empty but in labs about scale. */
  readonly positions: ReadonlyMap<Position, ServiceRef>;
}

/**
 * The inside client is the one on the control plane, where no echo pod runs: every backend is one node away from it, so a pod's
 * own address and a Service differ in the rules and in nothing else. The pods' own addresses are all asked in turn, as a Service spreads
 * over all pods: one pod alone would stay warm in the CPU's caches, which has nothing to do with rules. NodePorts are entered at the
 * first worker.
 */
export function targetsOf(topologies: readonly Topology[], reachable: Reachable): Target[] {
  const { nodes, outside, clients, endpoints, services, positions } = reachable;
  const controlPlane = nodes.find(({ role }) => role === 'control-plane');
  const entry = nodes.find(({ role, name }) => role === 'worker' && endpoints.some(({ node }) => node === name));
  const inside = clients.find(({ node }) => node === controlPlane?.name);
  const [podUrl, ...alternates] = endpoints.slice(0, PODS_ASKED).map(({ address, port }) => `http://${address}:${port}/`);
  if (!inside || !controlPlane || !entry || podUrl === undefined)
    throw new TypeError('a cluster needs a control plane with a client and a worker with an echo pod');
  const clusterIp = (service: ServiceRef, topology: Topology, position?: Position): Target => ({
    url: `http://${service.clusterIP}:${service.port}/`,
    from: inside,
    vantage: 'pod',
    topology,
    service,
    entryNode: controlPlane.name,
    ...(position === undefined ? {} : { position }),
  });
  return topologies.flatMap((topology): Target[] => {
    if (topology.entry === 'pod') return [{ url: podUrl, alternates, from: inside, vantage: 'pod', topology }];
    const service = services.get(topology.entry === 'node-port' ? topology.trafficPolicy : 'cluster');
    if (!service) return [];
    if (topology.entry === 'cluster-ip')
      return [clusterIp(service, topology), ...[...positions].map(([position, one]) => clusterIp(one, topology, position))];
    return (['pod', 'outside'] as const).map((vantage) => ({
      url: `http://${entry.address}:${service.nodePort}/`,
      from: vantage === 'pod' ? inside : outside,
      vantage,
      topology,
      service,
      entryNode: entry.name,
    }));
  });
}
