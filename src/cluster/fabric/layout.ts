import { TrafficlabError } from '../../errors.ts';
import type { Host } from '../contract/host.ts';
import type { ClusterSpec } from '../contract/provider.ts';

/** Where pods live; each node has a /24 of it, as kind's nodes have. */
export const POD_CIDR = '10.244.0.0/16';
export const SERVICE_CIDR = '10.96.0.0/16';
/** The segment that the nodes and the client outside share; kind's network has the same size. */
export const SEGMENT = '172.18.0.0/16';
export const SEGMENT_BITS = 16;
/** The router's leg on that segment, where there is a router. */
export const ROUTER_ADDRESS = '172.18.253.1';
/** The same on the node's side of every pod's link, so that a pod's way out never has to be asked for (Calico does the same). */
export const GATEWAY_MAC = 'ee:ee:ee:ee:ee:ee';

export interface NodeLayout {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  readonly address: string;
  /** First three numbers of the node's pod subnet, as in "10.244.1". */
  readonly podPrefix: string;
  /** The node's own address towards its pods. */
  readonly gateway: string;
}

/** A node as it is laid out, and as a place to run commands. */
export interface NodeMember {
  readonly layout: NodeLayout;
  readonly host: Host;
}

export interface ClusterLayout {
  readonly id: string;
  /** Namespace of the switch that all nodes hang on. */
  readonly segment: string;
  readonly nodes: readonly NodeLayout[];
  readonly outside: { readonly name: string; readonly address: string };
}

export interface PodLayout {
  readonly name: string;
  /** Its network namespace. */
  readonly namespace: string;
  readonly node: NodeLayout;
  readonly address: string;
  /** The node's end of its link. */
  readonly link: string;
}

/**
 * Names and addresses of a cluster. Clusters that are alive together have segments of their own and hence the very same addresses:
 * only their rules differ.
 */
export function clusterLayout({ id, workers }: Pick<ClusterSpec, 'id' | 'workers'>): ClusterLayout {
  const nodes = Array.from({ length: workers + 1 }, (_, index): NodeLayout => {
    const role = index === 0 ? 'control-plane' : 'worker';
    const podPrefix = `10.244.${index}`;
    const name = `${id}-${role}${index > 1 ? index : ''}`;
    return { name, role, address: `172.18.0.${index + 2}`, podPrefix, gateway: `${podPrefix}.1` };
  });
  return { id, segment: `${id}-segment`, nodes, outside: { name: `${id}-outside`, address: '172.18.254.1' } };
}

const PODS_PER_NODE = 252;

/** Gives out the pods' addresses of a cluster, the lowest that is free on the node first. */
export function podAddresses(cluster: ClusterLayout): {
  take(name: string, node: NodeLayout): PodLayout;
  free(pod: PodLayout): void;
} {
  const taken = new Map(cluster.nodes.map(({ name }) => [name, new Set<number>()]));
  return {
    take: (name, node) => {
      const here = taken.get(node.name)!;
      let number = 2;
      while (here.has(number)) number += 1;
      if (here.size >= PODS_PER_NODE)
        throw new TrafficlabError(
          `${node.name} has ${PODS_PER_NODE} pods, the most that fit in its subnet ${node.podPrefix}.0/24`,
          {
            remedy: 'use more workers or fewer replicas',
          },
        );
      here.add(number);
      return { name, namespace: `${cluster.id}.${name}`, node, address: `${node.podPrefix}.${number}`, link: `pod${number}` };
    },
    free: ({ node, address }) => void taken.get(node.name)!.delete(Number(address.split('.')[3])),
  };
}

/** A MAC address that follows from the IPv4 address, with the prefix that CNI plugins use. */
export const macOf = (address: string): string =>
  ['0a', '58', ...address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))].join(':');
