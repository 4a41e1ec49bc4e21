import { allocate, bgpPool, l2Pool } from '../addresses/address-pool.ts';
import { routedNetworks, type UsedNetwork } from '../addresses/routed-networks.ts';
import { type AskedController, askedControllers, ECHO_HOST_PORT } from '../contract/asked-controllers.ts';
import type { Workload } from '../contract/deployment.ts';
import type { ClusterSpec } from '../contract/provider.ts';
import type { PooledAnnouncement, Topology } from '../contract/topology.ts';
import type { AddressPools } from '../fabric/announcers.ts';
import { type ClusterLayout, type NodeLayout, POD_CIDR, ROUTER_ADDRESS, SEGMENT, SERVICE_CIDR } from '../fabric/layout.ts';
import { ECHO } from '../kube/manifests/agent.ts';
import { type ServedEntry, servedEntries, serviceName } from '../kube/manifests/service.ts';
import { schedule } from './schedule.ts';

/** What a deployment is made of, before any of it is made. */
export interface DeploymentPlan {
  /** The node of each echo pod. */
  readonly echoes: readonly NodeLayout[];
  readonly echoHostPort?: number;
  /** What needs a Service in front of the echo pods. */
  readonly entries: readonly ServedEntry[];
  readonly controllers: readonly PlacedController[];
  readonly pools: AddressPools;
  /** Between the router and its client, where something is announced by BGP. */
  readonly routerNetwork?: string;
  /** The addresses of LoadBalancers, by their Service's name. */
  readonly addresses: ReadonlyMap<string, string>;
}

export interface PlacedController extends AskedController {
  /** The node of each of its pods. */
  readonly nodes: readonly NodeLayout[];
}

/** All that is in a sandbox: it has no way out, so nothing of this machine's networks is cut off. */
const USED: readonly UsedNetwork[] = [
  { network: POD_CIDR, by: "the pods' network" },
  { network: SERVICE_CIDR, by: "the Services' network" },
  { network: SEGMENT, by: "the nodes' network" },
];

/** @throws UnavailableError for pods that no node has room for, and for an address pool that does not do. */
export function deploymentPlan(
  layout: ClusterLayout,
  spec: Pick<ClusterSpec, 'addressPool' | 'routerNetwork' | 'bgpPool'>,
  { replicas }: Workload,
  topologies: readonly Topology[],
): DeploymentPlan {
  const { nodes } = layout;
  const entries = servedEntries(topologies);
  const echoHostPort = topologies.some(({ entry }) => entry === 'host-port') ? ECHO_HOST_PORT : undefined;
  const workers = nodes.filter(({ role }) => role === 'worker').length;
  const controllers = askedControllers(topologies).map((asked): PlacedController => {
    const pods = asked.placement === 'daemonset' ? workers : asked.placement.replicas;
    return { ...asked, nodes: schedule(nodes, pods, { what: `pods of ${asked.id}`, hostPort: asked.hostPort }) };
  });
  const balanced = [
    ...entries.map((entry) => ({ app: ECHO, entry })),
    ...controllers.flatMap(({ id, served }) => served.map((entry) => ({ app: id, entry }))),
  ].flatMap(({ app, entry }) =>
    entry.entry === 'load-balancer' ? [{ name: serviceName(app, entry), announce: entry.announce }] : [],
  );
  const named = (announce: PooledAnnouncement) => balanced.filter((one) => one.announce === announce).map(({ name }) => name);
  const taken = [...nodes.map(({ address }) => address), layout.outside.address, ROUTER_ADDRESS];
  const routed = named('bgp').length > 0 ? routedNetworks(spec, USED) : undefined;
  const pools = {
    ...(named('l2').length > 0 ? { l2: l2Pool({ network: SEGMENT, taken, asked: spec.addressPool }) } : {}),
    ...(routed ? { bgp: bgpPool(routed.bgpPool) } : {}),
  };
  return {
    echoes: schedule(nodes, replicas, { what: 'echo pods', hostPort: echoHostPort }),
    ...(echoHostPort === undefined ? {} : { echoHostPort }),
    entries,
    controllers,
    pools,
    ...(routed ? { routerNetwork: routed.routerNetwork } : {}),
    addresses: new Map([
      ...(pools.l2 ? allocate(pools.l2, named('l2')) : []),
      ...(pools.bgp ? allocate(pools.bgp, named('bgp')) : []),
    ]),
  };
}
