import { type Ipv4Network, isPrivate, networkText, overlap, parseNetwork } from '../cluster/addresses/ipv4-network.ts';
import { announcements, controllers, exposures } from '../cluster/contract/topology.ts';
import type { Problem } from './problem.ts';
import type { LabFile, LabTarget } from './schema.ts';
import { seriesNames } from './series.ts';

/**
 * The rules that span fields of a lab file, each with the place to look at. Takes what is valid of a file: a rule whose fields are
 * not all there has nothing to say, so the problems of a broken file and of its sound parts are told together.
 */
export function brokenRules(lab: Partial<LabFile>): Problem[] {
  return [
    ...modeRules(lab),
    ...targetRules(lab),
    ...scaleRules(lab),
    ...seriesRules(lab),
    ...clusterRules(lab),
    ...networkRules(lab),
    ...servicelbRules(lab),
    ...hopRules(lab),
    ...sizeRules(lab),
  ];
}

function* modeRules({ proxyModes = [], reference }: Partial<LabFile>): Generator<Problem> {
  yield* repeated('proxyModes', proxyModes);
  for (const [index, mode] of proxyModes.entries())
    if (mode.startsWith('iptables-') && proxyModes.includes('iptables'))
      yield {
        path: ['proxyModes', index],
        message: `${mode} is already part of iptables, which runs with every available backend`,
      };
  const [only] = proxyModes;
  if (proxyModes.length === 1 && reference === only)
    yield { path: ['reference'], message: `${reference} is the only mode of the lab, so nothing is compared with it` };
  if (proxyModes.length === 1 && reference === 'iptables' && only?.startsWith('iptables-'))
    yield { path: ['reference'], message: `${only} is itself iptables; use the other backend`, allowed: otherBackend(only) };
}

const otherBackend = (mode: string) => [mode === 'iptables-nft' ? 'iptables-legacy' : 'iptables-nft'];

function* targetRules({ targets = [], cluster, workload }: Partial<LabFile>): Generator<Problem> {
  yield* repeated('targets', targets.map(spelt));
  for (const [index, target] of targets.entries()) {
    yield* serviceFields(target, index);
    yield* ingressFields(target, index);
    const needsOutside = target.entry === 'host-port' || target.entry === 'load-balancer' || target.entry === 'ingress';
    if (needsOutside && target.from === 'pod')
      yield {
        path: ['targets', index, 'from'],
        message: `${target.entry} is a way into the cluster; from a pod, kube-proxy bypasses it`,
        allowed: ['outside'],
      };
    if (target.entry === 'host-port' && cluster && workload && workload.replicas > cluster.workers)
      yield {
        path: ['targets', index, 'entry'],
        message: `each node has a hostPort only once, and ${cluster.workers} workers are too few for the workload's ${workload.replicas} replicas`,
      };
    if (target.exposure === 'host-port' && target.replicas !== undefined && cluster && target.replicas > cluster.workers)
      yield {
        path: ['targets', index, 'replicas'],
        message: `each node has a hostPort only once, and ${cluster.workers} workers are too few for ${target.replicas} replicas`,
        allowed: `1 to ${cluster.workers}`,
      };
  }
}

/** What a key says that is left out. */
const UNSAID: Readonly<Record<string, string>> = { internalTrafficPolicy: 'cluster', sessionAffinity: 'none', tuning: 'fair' };

/** A target as it is compared with others: what a file leaves out is what it would be by default. */
const spelt = (target: LabTarget): string =>
  Object.entries(target)
    .filter(([key, value]) => value !== undefined && value !== UNSAID[key])
    .map(([key, value]) => (key === 'entry' ? value : `${key} ${value}`))
    .join(', ');

function* serviceFields(target: LabTarget, index: number): Generator<Problem> {
  const { entry, exposure, trafficPolicy, internalTrafficPolicy, sessionAffinity, announce } = target;
  const way = entry === 'ingress' ? exposure : entry;
  if (trafficPolicy === 'local' && way !== 'node-port' && way !== 'load-balancer')
    yield {
      path: ['targets', index, 'trafficPolicy'],
      message: 'trafficPolicy is only for node-port and load-balancer',
      at: 'key',
    };
  if (internalTrafficPolicy === 'local' && entry !== 'cluster-ip')
    yield {
      path: ['targets', index, 'internalTrafficPolicy'],
      message: 'internalTrafficPolicy is only for cluster-ip; entries from outside use trafficPolicy',
      at: 'key',
    };
  if (sessionAffinity === 'client-ip' && entry !== 'cluster-ip' && entry !== 'node-port' && entry !== 'load-balancer')
    yield {
      path: ['targets', index, 'sessionAffinity'],
      message: 'sessionAffinity is only for cluster-ip, node-port and load-balancer',
      at: 'key',
    };
  if (announce && way !== 'load-balancer')
    yield { path: ['targets', index, 'announce'], message: 'announce is only for load-balancer', at: 'key' };
  if (!announce && way === 'load-balancer')
    yield {
      path: ['targets', index],
      message: 'a load-balancer needs announce: how its address is announced',
      allowed: announcements,
    };
}

function* ingressFields({ entry, controller, exposure, replicas, tuning }: LabTarget, index: number): Generator<Problem> {
  if (entry !== 'ingress') {
    for (const [field, value] of Object.entries({ controller, exposure, replicas, tuning }))
      if (value !== undefined)
        yield { path: ['targets', index, field], message: `${field} is only for entry: ingress`, at: 'key' };
    return;
  }
  if (!controller) yield { path: ['targets', index], message: 'an ingress needs a controller', allowed: controllers };
  if (!exposure)
    yield {
      path: ['targets', index],
      message: 'an ingress needs exposure: how its controller is reached',
      allowed: exposures,
    };
}

function* scaleRules({ services, positions, workload, targets }: Partial<LabFile>): Generator<Problem> {
  yield* repeated('services', services ?? []);
  yield* repeated('positions', positions ?? []);
  if (positions && !services)
    yield { path: ['positions'], message: 'positions need services: a single Service is neither first nor last', at: 'key' };
  if (positions && services && targets?.every((target) => target.entry !== 'cluster-ip'))
    yield { path: ['positions'], message: 'only a ClusterIP has a position in the rules; add a cluster-ip target', at: 'key' };
  const apart = targets?.findIndex((one) => one.entry === 'cluster-ip' && isParticular(one)) ?? -1;
  if (positions && apart >= 0)
    yield {
      path: ['targets', apart],
      message: 'positions need plain ClusterIPs; remove internalTrafficPolicy and sessionAffinity',
    };
  if (workload?.processes !== undefined && workload.processes > workload.replicas)
    yield {
      path: ['workload', 'processes'],
      message: `${workload.processes} processes exceed the ${workload.replicas} replicas`,
      allowed: `1 to ${workload.replicas}`,
    };
}

function* seriesRules({ series = [], proxyModes = [], reference, targets = [] }: Partial<LabFile>): Generator<Problem> {
  yield* repeated('series', series);
  const firstPacket = series.indexOf('first-packet');
  if (firstPacket >= 0 && targets.length > 0 && targets.every(({ entry }) => entry === 'ingress'))
    yield {
      path: ['series', firstPacket],
      message:
        "at an ingress the controller's process accepts the connection, so the kernel forwards no first packet to the backend",
      allowed: seriesNames.filter((name) => name !== 'first-packet'),
    };
  const onlyUserspace = proxyModes.length > 0 && [...proxyModes, reference ?? 'userspace'].every((mode) => mode === 'userspace');
  if (firstPacket >= 0 && onlyUserspace)
    yield {
      path: ['series', firstPacket],
      message: 'in userspace mode a process accepts the connection, so the kernel forwards no first packet',
      allowed: seriesNames.filter((name) => name !== 'first-packet'),
    };
}

const isParticular = ({ internalTrafficPolicy, sessionAffinity }: LabTarget): boolean =>
  internalTrafficPolicy === 'local' || sessionAffinity === 'client-ip';

/** ECMP of the routers that are used here; and of so many nodes each still shows among 200 connections. */
const MOST_ENTRIES = 16;

function* clusterRules({ cluster, targets, services, proxyModes = [], reference }: Partial<LabFile>): Generator<Problem> {
  const bgp = targets?.findIndex(({ announce }) => announce === 'bgp') ?? -1;
  if (bgp >= 0 && cluster && cluster.workers > MOST_ENTRIES)
    yield {
      path: ['targets', bgp, 'announce'],
      message: `the router spreads over at most ${MOST_ENTRIES} nodes, and the cluster has ${cluster.workers} workers`,
    };
  if (cluster?.addressPool !== undefined && (proxyModes.length > 1 || reference !== undefined || (services?.length ?? 1) > 1))
    yield {
      path: ['cluster', 'addressPool'],
      message:
        'an address pool is for one cluster, and this lab runs several at the same time; without it, each cluster finds its own',
      at: 'key',
    };
}

/** Prefixes that do: the client and the router need an address each, and more than 65,536 addresses are not given out. */
const PREFIXES = { routerNetwork: [16, 30], bgpPool: [16, 32] } as const;

/** What is not known of this machine: whether a network is free is found out where the cluster is. */
function* networkRules({ cluster, targets }: Partial<LabFile>): Generator<Problem> {
  const bgp = targets?.some(({ announce }) => announce === 'bgp') ?? true;
  for (const key of ['routerNetwork', 'bgpPool'] as const) {
    const asked = cluster?.[key];
    if (asked === undefined) continue;
    const path = ['cluster', key];
    const network = parseNetwork(asked);
    const [shortest, longest] = PREFIXES[key];
    if (!network) yield { path, message: `"${asked}" is not an IPv4 network` };
    else if (networkText(network) !== asked)
      yield { path, message: `${asked} is an address inside of a network`, allowed: networkText(network) };
    else if (network.bits < shortest || network.bits > longest)
      yield { path, message: `/${network.bits} is not allowed for ${key}`, allowed: `/${shortest} to /${longest}` };
    else if (!isPrivate(network))
      yield {
        path,
        message: `${asked} is not private: the nodes would lose their route to the real owners of these addresses`,
        allowed: 'part of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or 198.18.0.0/15',
      };
    else if (!bgp) yield { path, message: `${key} is only for targets with announce: bgp`, at: 'key' };
    else yield* overlaps(path, network, cluster!, key === 'bgpPool' ? ['routerNetwork', 'addressPool'] : ['addressPool']);
  }
}

function* overlaps(
  path: readonly string[],
  network: Ipv4Network,
  cluster: LabFile['cluster'],
  others: readonly ('routerNetwork' | 'addressPool')[],
): Generator<Problem> {
  for (const key of others) {
    const other = cluster[key] === undefined ? undefined : parseNetwork(cluster[key]);
    if (other && overlap(network, other))
      yield { path: [...path], message: `${networkText(network)} overlaps ${key} ${cluster[key]}` };
  }
}

/** servicelb answers for every LoadBalancer of its cluster, and takes the port of each, which is 80, on every node. */
function* servicelbRules({ targets = [] }: Partial<LabFile>): Generator<Problem> {
  const first = targets.findIndex(({ announce }) => announce === 'servicelb');
  if (first < 0) return;
  for (const [index, target] of targets.entries()) {
    const { announce, exposure } = target;
    const path = (field: keyof LabTarget) => ['targets', index, field];
    if (announce !== undefined && announce !== 'servicelb')
      yield {
        path: path('announce'),
        message: 'servicelb serves every LoadBalancer of its cluster; move this target to another lab',
      };
    if (exposure === 'host-port')
      yield {
        path: path('exposure'),
        message: 'servicelb uses port 80 of every node, the same as this hostPort; move one of the two targets to another lab',
      };
    if (announce === 'servicelb' && servedBy(target) !== servedBy(targets[first]!))
      yield {
        path: path('announce'),
        message: 'servicelb uses port 80 of every node, so only one target can have it; move this target to another lab',
      };
  }
}

/** The Service that a target is reached by, whatever it is reached for. */
const servedBy = ({ entry, controller, replicas, trafficPolicy, sessionAffinity = 'none' }: LabTarget): string =>
  JSON.stringify([entry, controller, replicas, trafficPolicy, sessionAffinity]);

/** Hops are one way, seen from one place on one cluster: whatever else differed would count as a hop. */
function* hopRules({ hops, targets = [], services, positions }: Partial<LabFile>): Generator<Problem> {
  if (!hops) return;
  if (targets.length < 2) yield { path: ['hops'], message: 'hops need two targets or more; add targets', at: 'key' };
  if (services || positions)
    yield { path: ['hops'], message: 'hops are within one cluster; remove services and positions', at: 'key' };
  const elsewhere = targets.findIndex(({ from }) => from !== targets[0]?.from);
  if (elsewhere >= 0)
    yield {
      path: ['targets', elsewhere, 'from'],
      message: 'all hops need the same vantage; this target has another',
      allowed: [targets[0]!.from],
    };
}

/** Windows of a run, and their seconds: a week, and what its records take on disk and in memory. */
const MOST_WINDOWS = 100_000;
const MOST_SECONDS = 7 * 24 * 3600;

/** Each axis is bounded by itself; their product is what is planned, written and measured. iptables may be two clusters, one for each backend. */
function* sizeRules({
  proxyModes = [],
  reference,
  services,
  positions,
  targets = [],
  series = [],
  blocks,
  load,
}: Partial<LabFile>) {
  if (blocks === undefined) return;
  const modes = proxyModes.length + Number(proxyModes.includes('iptables')) + Number(reference !== undefined);
  const placed = targets.filter(({ entry }) => entry === 'cluster-ip').length * (positions?.length ?? 1);
  const places = placed + targets.filter(({ entry }) => entry !== 'cluster-ip').length;
  const cells = modes * (services?.length ?? 1) * places * series.length;
  const windows = cells * blocks;
  const seconds = load ? windows * (load.warmup + load.duration) : 0;
  if (windows > MOST_WINDOWS)
    yield {
      path: ['blocks'],
      message: `${cells.toLocaleString('en')} cells in ${blocks.toLocaleString('en')} blocks are ${windows.toLocaleString('en')} windows; the limit is ${MOST_WINDOWS.toLocaleString('en')}; use fewer cells or blocks`,
    } satisfies Problem;
  else if (seconds > MOST_SECONDS)
    yield {
      path: ['blocks'],
      message: `${windows.toLocaleString('en')} windows take ${Math.round(seconds / 3600).toLocaleString('en')} hours; the limit is ${MOST_SECONDS / 3600}; use fewer or shorter windows`,
    } satisfies Problem;
}

function* repeated(field: keyof LabFile, values: readonly (string | number)[]): Generator<Problem> {
  const seen = new Set<string | number>();
  for (const [index, value] of values.entries()) {
    if (seen.has(value)) yield { path: [field, index], message: `duplicate: ${value}` };
    seen.add(value);
  }
}
