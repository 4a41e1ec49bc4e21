import type { Progress } from '../../progress/progress.ts';
import type { Look } from '../../proof/look.ts';
import type { Problem } from '../../proof/problem.ts';
import type { SetupContext } from '../../setup/packages.ts';
import type { CarrierSnapshot } from './carriers.ts';
import type { Deployment, Workload } from './deployment.ts';
import type { EventKind, LabEvent, Performed } from './events.ts';
import type { Host } from './host.ts';
import type { IptablesBackend, ProxyMode } from './mode.ts';
import type { Obstacle } from './obstacle.ts';
import type { Announcement, Topology } from './topology.ts';

export { type IptablesBackend, iptablesBackends, type ProxyMode, proxyModes } from './mode.ts';

/** What a provider's name looks like: it is part of folder names. */
export const PROVIDER_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** What is asked for; what came of it is in `Facts`. */
export interface ClusterSpec {
  /** Unique within a run; part of container and namespace names. */
  readonly id: string;
  readonly provider: string;
  readonly workers: number;
  readonly proxyMode: ProxyMode;
  /** Only where the provider can choose; else the backend is observed. */
  readonly iptablesBackend?: IptablesBackend;
  /** Kubernetes version, as in "v1.34.11"; absent on providers without Kubernetes. */
  readonly version?: string;
  /** Services that exist beside the workload's own and share its endpoints; for labs about scale. */
  readonly fillerServices?: number;
  readonly link?: LinkSpec;
  /** CIDR of the addresses for LoadBalancers announced by l2; absent: a free slice of the cluster's own network. */
  readonly addressPool?: string;
  /** CIDRs of the network between router and client, and of the addresses announced by bgp; absent: free ones. */
  readonly routerNetwork?: string;
  readonly bgpPool?: string;
  /** How the addresses of LoadBalancers will be made known on it; absent: there are none. */
  readonly announcements?: readonly Announcement[];
}

export interface LinkSpec {
  readonly rateMbit?: number;
  readonly delayMs?: number;
  readonly lossPercent?: number;
}

/** A group of modes that one kernel and one Kubernetes version can hold; verdicts exist only inside one (docs/method.md). */
export interface FamilyLimits {
  readonly id: string;
  /** For people: "Kubernetes v1.34.11", "User-Mode Linux 6.1". */
  readonly title: string;
  readonly version?: string;
  /** What this family holds, in the order in which it is preferred. */
  readonly members: readonly { readonly proxyMode: ProxyMode; readonly iptablesBackend?: IptablesBackend }[];
}

/** What cannot be had here and why, observed once; plain data, so planning stays pure. No entry means: it can. */
export interface Limits {
  /** Why the provider cannot run at all. */
  readonly provider?: Obstacle;
  readonly proxyModes: Partial<Record<ProxyMode, Obstacle>>;
  /**
   * By any of `topologyKeys` ("node-port", "node-port-local", "load-balancer-bgp", "ingress-traefik", ...), such a name from one vantage
   * ("pod/outside"), "outside" for that vantage, "link"
   * (or "link-rate", "link-delay", "link-loss") for shaping.
   */
  readonly topologies: Readonly<Record<string, Obstacle>>;
  /** By series. */
  readonly series: Readonly<Record<string, Obstacle>>;
  /** By kind of event. */
  readonly events: Readonly<Partial<Record<EventKind, Obstacle>>>;
  /** The most Services that a cluster can be asked for here, and why no more. */
  readonly services?: { readonly most: number; readonly because: Obstacle };
  readonly families: readonly FamilyLimits[];
  /** Versions and the like, for plan and doctor. */
  readonly seen: Readonly<Record<string, string>>;
  /** What a cluster that exists runs; absent where clusters are made. */
  readonly detected?: Detections;
  /** Seconds from nothing to proven traffic, roughly: for each family once, and for each cluster. */
  readonly bringUpSeconds?: { readonly family: number; readonly cluster: number };
  readonly memoryMiB?: { readonly available: number; readonly perNode: number };
  /** Images that would have to be pulled first. */
  readonly pulls?: readonly string[];
  /** The same for topologies, by any of `topologyKeys`. */
  readonly topologyPulls?: Readonly<Record<string, readonly string[]>>;
}

/** How a value is known, surest first: seen in the kernel, stated by the component that runs, or by what it is configured with. */
export const detectionSources = ['kernel', 'component', 'configuration'] as const;
export type DetectionSource = (typeof detectionSources)[number];

/** A value with its source and the place where it was read, or why it is not known: absence is never a default. */
export type Detected<T = string> =
  | { readonly value: T; readonly source: DetectionSource; readonly from: string }
  | { readonly unknown: string; readonly remedy?: string; readonly problem?: Problem };

/** What a cluster runs. What does not apply is absent, as the backend of iptables where nothing uses it. */
export interface Detections {
  /** Of the cluster; unknown where nodes differ. */
  readonly proxyMode?: Detected<ProxyMode>;
  /** By node, where nodes differ. */
  readonly proxyModeOf?: Readonly<Record<string, Detected<ProxyMode>>>;
  readonly iptablesBackend?: Detected<IptablesBackend>;
  /** What carries in kube-proxy's place: "none", or a name. */
  readonly kubeProxyReplacement?: Detected;
  readonly cni?: Detected;
  /** IngressClasses with their controllers. */
  readonly ingressControllers?: Detected;
  /** What gives LoadBalancers their addresses. */
  readonly loadBalancer?: Detected;
}

/** What was observed of a cluster; plain data that goes to facts.json. */
export interface Facts {
  readonly provider: string;
  readonly kernel: string;
  readonly kubernetes?: string;
  readonly iptablesBackend?: IptablesBackend;
  readonly detected?: Detections;
  readonly [fact: string]: unknown;
}

export interface RunContext {
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** The results folder of the run. */
  readonly directory: string;
  /** Runs a named piece of work outside of load windows and records how long it took. */
  phase<T>(name: string, work: () => Promise<T>): Promise<T>;
  readonly keep: boolean;
  readonly reuse: boolean;
}

/** Whether a cluster is in a mode, as each of its nodes showed. */
export interface ModeProof extends Look {
  readonly mode: ProxyMode;
  /** The mode as this look found it, which is surer than what was known before. */
  readonly detected?: Detected<ProxyMode>;
}

export interface Cluster extends AsyncDisposable {
  readonly spec: ClusterSpec;
  readonly hosts: readonly Host[];
  /** As observed, never as asked. */
  readonly facts: Facts;
  /** What announces the LoadBalancers of a run, by announcement; absent on a cluster that trafficlab did not make. */
  readonly announcers?: Readonly<Partial<Record<Announcement, string>>>;
  proveMode(): Promise<ModeProof>;
  deploy(workload: Workload, topologies: readonly Topology[], context: RunContext): Promise<Deployment>;
  /** Looks once at the CPU that components whose work grows with the traffic used so far. */
  carriers(): Promise<CarrierSnapshot>;
  /**
   * Does something to the cluster while load runs.
   * @throws UnavailableError for an event of `Limits.events`.
   */
  perform(event: LabEvent): Promise<Performed>;
  collectLogs(directory: string): Promise<void>;
}

export interface ClusterProvider {
  /** As the registry and results have it, of the shape of `PROVIDER_NAME`. */
  readonly name: string;
  /** It is used where it is asked for by name, and never chosen. */
  readonly byNameOnly?: true;
  /** Clusters can outlive the command (`--keep`) and be used again (`--reuse`). */
  readonly keeps: boolean;
  /**
   * Installs what these modes and topologies need, into trafficlab's cache where possible; what is still missing, `inspect` reports.
   * @throws UnavailableError
   */
  prepare?(modes: readonly ProxyMode[], topologies: readonly Topology[], context: SetupContext): Promise<void>;
  inspect(): Promise<Limits>;
  /** Looks whether the machine has room for clusters that are alive together. @throws UnavailableError naming what is short. */
  preflight?(specs: readonly ClusterSpec[]): Promise<void>;
  create(spec: ClusterSpec, context: RunContext): Promise<Cluster>;
  /** Deletes all that this tool labelled and left behind; returns what it deleted. */
  sweep(): Promise<readonly string[]>;
  /**
   * Where a family needs a world of its own (a sandbox, another kernel), what the same command line is prefixed with to run inside it.
   * Absent, or answering undefined: it runs in this very process; an obstacle: it cannot run.
   */
  enclosure?(family: FamilyLimits): Promise<readonly string[] | Obstacle | undefined>;
}
