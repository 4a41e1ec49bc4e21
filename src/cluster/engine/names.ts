import { createHash } from 'node:crypto';
import { runsTrafficlab } from '../../process/runs-trafficlab.ts';
import type { ClusterSpec } from '../contract/provider.ts';

/**
 * Names are the only label that kind lets us put on its containers, so clusters' names carry what cleaning and re-use must know:
 * trafficlab-<cluster id>-<hash of what was asked>-p<process id>.
 */
const CLUSTER_PREFIX = 'trafficlab-';

/** Whether a cluster's name is one that `clusterName` made; anybody may call a cluster trafficlab-something. */
export const isOurs = (name: string): boolean => /^trafficlab-.+-[0-9a-f]{6}-p\d+$/.test(name);

/** Label of every container that we start ourselves; its value is the cluster's name. */
export const CONTAINER_LABEL = 'dev.trafficlab.cluster';

/** The client outside, the router, and the client behind it: what stands beside the nodes of a cluster. */
export const clientName = (cluster: string): string => `${cluster}-client`;
export const routerName = (cluster: string): string => `${cluster}-router`;
export const behindName = (cluster: string): string => `${cluster}-client-behind-router`;

export interface NameOptions {
  readonly pid?: number;
  /** The longest name that the program takes, in characters; what is left out of the cluster's id for it is in the hash. Default: no end. */
  readonly longest?: number;
}

export function clusterName(spec: ClusterSpec, nodeImage: string, { pid = process.pid, longest }: NameOptions = {}): string {
  return `${reusePrefix(spec, nodeImage, longest)}p${pid}`;
}

/** Characters of a name beside the id: the prefix, the hash, and the longest process id (2^22, proc(5)). */
const BESIDE_ID = `${CLUSTER_PREFIX}-012345-p4194304`.length;

/** What names of clusters made for the same spec begin with. */
export function reusePrefix(spec: ClusterSpec, nodeImage: string, longest = Number.POSITIVE_INFINITY): string {
  const id = spec.id.slice(0, Math.max(1, longest - BESIDE_ID)).replace(/[-.]+$/, '');
  const cut = id === spec.id ? [] : [spec.id];
  const asked = JSON.stringify([
    spec.workers,
    spec.proxyMode,
    nodeImage,
    ...(spec.addressPool ? [spec.addressPool] : []),
    ...(spec.routerNetwork ? ['router', spec.routerNetwork] : []),
    ...(spec.bgpPool ? ['bgp', spec.bgpPool] : []),
    ...(spec.announcements?.includes('servicelb') ? ['servicelb'] : []), // part of how the cluster is made, unlike MetalLB
    ...cut,
  ]);
  return `${CLUSTER_PREFIX}${id}-${createHash('sha256').update(asked).digest('hex').slice(0, 6)}-`;
}

/** Whether the process that made a cluster still runs a trafficlab. */
export function ownerAlive(name: string): boolean {
  const pid = Number(/-p(\d+)$/.exec(name)?.[1]);
  return pid > 0 && runsTrafficlab(pid);
}
