import type { V1Pod } from '@kubernetes/client-node';
import type { AskedNetworks, UsedNetworks } from '../addresses/routed-networks.ts';
import type { Router } from '../contract/deployment.ts';
import type { Host } from '../contract/host.ts';
import type { KubeClient } from './client.ts';
import type { ImageName, Images } from './images.ts';
import type { Site } from './manifests/site.ts';

/** A cluster as `deploy` needs it: all that differs between ways to make nodes is in here. */
export interface Platform {
  readonly client: KubeClient;
  readonly site: Site;
  readonly nodes: readonly Host[];
  /** The client outside of the cluster, on the network of the nodes. */
  readonly outside: Host;
  /** What the client outside reaches, where its routes are somebody else's; absent: it is on the network of the nodes and is given routes to all. */
  readonly reaches?: Reaches;
  readonly images: Images;
  /** CIDR of LoadBalancer addresses that are announced by l2, where somebody asked for it. */
  readonly addressPool?: string | undefined;
  /** The networks that bgp needs, where somebody asked for them. */
  readonly askedNetworks?: AskedNetworks;
  /** A container of a pod as a place to run commands. */
  hostOf(pod: V1Pod, container: string): Host;
  /** Brings images that are on this machine into the workers; the nodes pull what is not. */
  loadImages(names: readonly ImageName[], signal: AbortSignal): Promise<void>;
  segment(): Promise<Segment>;
  /** The networks that the nodes, or the machines around them, must go on reaching; those of pods and Services are asked of the cluster. */
  usedNetworks(): Promise<UsedNetworks>;
  /** Starts a router on the network of the nodes, and a client behind it on `network`, to whom the nodes have a way back. */
  startRouter(signal: AbortSignal, network: string): Promise<StartedRouter>;
}

/** What a machine reaches of a cluster as it stands. */
export interface Reaches {
  /** The nodes' own addresses. */
  readonly nodes: boolean;
  readonly pods: boolean;
  /** The Services' ClusterIPs. */
  readonly services: boolean;
  /** The node to which it sends what goes to an address; undefined where another router stands between. */
  entryOf(address: string): Promise<string | undefined>;
}

/** The network that the nodes share. */
export interface Segment {
  /** As in "172.18.0.0/16". */
  readonly subnet: string;
  /** Addresses that are somebody's. */
  readonly taken: readonly string[];
}

export interface StartedRouter {
  readonly router: Router;
  /** The client behind it. */
  readonly outside: Host;
  readonly facts: Readonly<Record<string, unknown>>;
}
