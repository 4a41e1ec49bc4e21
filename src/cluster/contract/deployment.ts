import type { Host, Vantage } from './host.ts';
import type { ControllerName, Placement, Topology, Tuning } from './topology.ts';
import type { Protocol } from './transport.ts';

export interface Workload {
  readonly replicas: number;
  /** How many of the replicas answer, where a provider can have pods that are addresses only; absent: all. */
  readonly processes?: number | undefined;
}

/** An address and where it is reached from: the same URL from elsewhere is another target. Proofs are made from the first of these hosts. */
export interface Target {
  readonly url: string;
  /** Other addresses of the same target, among which load is spread at random with `url`: the pods, where each is reached by its own. */
  readonly alternates?: readonly string[];
  readonly from: readonly [Host, ...Host[]];
  readonly topology: Topology;
  readonly vantage: Vantage;
  /** The node whose rules the first packet meets; absent where it meets none, and where a LoadBalancer's announcement decides among several. */
  readonly entryNode?: string;
  /** The Service it goes through, the ingress controller's own at an ingress; absent for a pod's own address and a hostPort. */
  readonly service?: ServiceRef;
  /** The ingress controller that it goes through. */
  readonly controller?: DeployedController;
  /** Position of the target's Service among the rules, for labs about scale. */
  readonly position?: Position;
}
export const positions = ['first', 'middle', 'last'] as const;
export type Position = (typeof positions)[number];

/** A Service as proofs look for it in the kernel. */
export interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
  readonly portName: string;
  readonly protocol: Protocol;
  readonly clusterIP: string;
  readonly port: number;
  readonly nodePort?: number;
  /** The address of the LoadBalancer, where it has one. */
  readonly loadBalancerIP?: string;
  /** Absent: Cluster, over all nodes. */
  readonly externalTrafficPolicy?: 'local';
  readonly internalTrafficPolicy?: 'local';
  /** Absent: none. */
  readonly sessionAffinity?: 'client-ip';
  /** As the Service's status tells it; absent: VIP, by which kube-proxy answers for the address itself (KEP-1860). */
  readonly loadBalancerIPMode?: string;
  /** The pods that hold the LoadBalancer's port on the nodes, whoever carries; absent where there are none. */
  readonly balancers?: readonly Endpoint[];
  /** The pods behind it; absent: the workload's echo pods. */
  readonly endpoints?: readonly Endpoint[];
}

/** An ingress controller that runs: its pods, the port of each node that leads to them, and the Services in front of them. */
export interface DeployedController {
  readonly controller: ControllerName;
  readonly placement: Placement;
  /** How its proxies are set; absent: fair. */
  readonly tuning?: Tuning;
  /** The pods in which the proxy listens. */
  readonly pods: readonly Endpoint[];
  readonly hostPort?: number;
  /** By `serviceKey` of the exposure. */
  readonly services: ReadonlyMap<string, ServiceRef>;
}

/** A top-of-rack router that speaks BGP with the nodes, and behind which the client outside stands. */
export interface Router {
  readonly host: Host;
  /** Every BGP session of it: the node's address, and the state in the words of RFC 4271 ("Established", "Active", ...). */
  sessions(): Promise<readonly { readonly peer: string; readonly state: string }[]>;
}

export interface Endpoint {
  readonly pod: string;
  readonly node: string;
  readonly address: string;
  readonly port: number;
}

/**
 * What was deployed, as data and hosts. Rules and paths are proven from it by `src/probe/prove-{rules,path}.ts`, the same for every
 * provider: new connections from the clients are counted in the rules of the nodes.
 */
export interface Deployment extends AsyncDisposable {
  readonly targets: readonly Target[];
  /** The Services of the targets; fillers only where a target stands at a position. */
  readonly services: readonly ServiceRef[];
  readonly endpoints: readonly Endpoint[];
  /** One client on every node (`Host.node`), witnesses that each node has its rules. */
  readonly clients: readonly Host[];
  readonly controllers: readonly DeployedController[];
  /** Absent where nothing is announced by BGP. */
  readonly router?: Router;
  /** What was observed of what was deployed: versions of controllers and proxies, address pools, hash policy; goes to facts.json. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Names of the pods that stand behind the Services now; absent: all of `endpoints`. */
  readonly serving?: () => readonly string[];
}
