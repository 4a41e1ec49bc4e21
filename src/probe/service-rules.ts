import type { ServiceRef } from '../cluster/deployment.ts';
import type { Host } from '../cluster/host.ts';
import type { ProxyMode } from '../cluster/provider.ts';
import { iptablesChains, nftablesChains, nftablesTable, servicePortName } from '../cluster/proxy-names.ts';

/** A connection as the client saw its own end of it. */
export interface ClientEnd {
  readonly localAddress: string;
  readonly localPort: number;
}

/** One Service's own rules on one node. */
export interface ServiceRules {
  /** The objects found, as in "chain KUBE-SVC-... (4 endpoints)". */
  readonly found: readonly string[];
  /** What should be there and is not. */
  readonly missing: readonly string[];
  /** How many endpoints the Service's rules spread over. */
  readonly endpoints: number;
  /** New connections that the Service's own rules have spread so far; undefined where the mode's rules do not count. */
  readonly spread?: number;
}

/** Reads a Service's own rules on a node. */
export const serviceRules = async (node: Host, mode: ProxyMode, service: ServiceRef): Promise<ServiceRules> =>
  readRules(mode, await rulesText(node, mode), service);

/** What holds the rules of a mode on a node, as text; with thousands of Services it is megabytes, and worth reading once for all. */
export async function rulesText(node: Host, mode: ProxyMode): Promise<string> {
  switch (mode) {
    case 'iptables':
    case 'userspace':
      return output(node, ['iptables-save', '--counters', '--table', 'nat']);
    case 'nftables':
      return output(node, ['nft', 'list', 'table', 'ip', nftablesTable]);
    case 'ipvs':
      return output(node, ['cat', '/proc/net/ip_vs']);
    case 'none':
      return '';
  }
}

/** Finds a Service's own rules in `rulesText`. */
export function readRules(mode: ProxyMode, text: string, service: ServiceRef): ServiceRules {
  switch (mode) {
    case 'iptables':
      return readIptables(text, service);
    case 'userspace':
      return readUserspace(text, service);
    case 'nftables':
      return readNftables(text, service);
    case 'ipvs':
      return readIpvs(text, service);
    case 'none':
      return { found: [], missing: [], endpoints: 0 };
  }
}

/**
 * Which of a client's connections a node tracked on their way through a Service: address and port asked for, and where the answer
 * comes from. kube-proxy's nftables rules count nothing and /proc/net/ip_vs has no totals, so connections themselves are the count.
 */
export async function trackedConnections(
  node: Host,
  ends: readonly ClientEnd[],
  destination: { address: string; port: number },
): Promise<readonly Tracked[]> {
  const ports = new Set(ends.map(({ localPort }) => localPort));
  const found = new Map<number, Tracked>();
  // The table may change while it is read, and entries are then missed; what any reading shows was there.
  for (let reading = 0; reading < READINGS && found.size < ports.size; reading += 1) {
    const table = await output(node, ['cat', '/proc/net/nf_conntrack']);
    const text = table || (await output(node, ['conntrack', '-L', '-p', 'tcp', '--orig-dst', destination.address]));
    for (const entry of readConntrack(text))
      if (entry.destination === destination.address && entry.destinationPort === destination.port && ports.has(entry.sourcePort))
        found.set(entry.sourcePort, entry);
  }
  return [...found.values()];
}

const READINGS = 3;

const output = async (node: Host, argv: readonly string[]): Promise<string> => {
  const { exitCode, stdout } = await node.exec(argv, { accept: 'any', timeoutMs: 60_000 });
  return exitCode === 0 ? stdout : '';
};

/** Whether rules lead the address of a Service's LoadBalancer on to it, in `rulesText`; a Service without one leads nowhere. */
export function leadsLoadBalancer(mode: ProxyMode, text: string, service: ServiceRef): boolean {
  const { loadBalancerIP: address, port } = service;
  if (address === undefined) return false;
  switch (mode) {
    case 'iptables':
      return new RegExp(`^\\[.*\\] -A KUBE-SERVICES -d ${address}/32 .*--dport ${port} .*-j KUBE-EXT-`, 'm').test(text);
    case 'userspace':
      return new RegExp(`^\\[.*\\] -A KUBE-PORTALS-CONTAINER -d ${address}/32 .*--dport ${port} `, 'm').test(text);
    case 'nftables':
      return new RegExp(`\\b${address} \\. tcp \\. ${portPattern(port)} : goto external-`).test(text);
    case 'ipvs':
      return text.includes(`TCP  ${hexAddress(address)}:${hexPort(port)} `);
    case 'none':
      return false;
  }
}

/** KUBE-SVC-... (traffic policy Cluster) and KUBE-SVL-... (Local) spread over KUBE-SEP-...; the nat table sees the first packet of a connection only, so packets are connections. */
export function readIptables(save: string, service: ServiceRef): ServiceRules {
  const { service: chain, external, local } = iptablesChains(service);
  const jumps = (from: string, to: string) => rules(save, new RegExp(`^\\[(\\d+):\\d+\\] -A ${from} .*-j ${to}`, 'gm'));
  const spread = jumps(chain, 'KUBE-SEP-\\S+');
  const entry = jumps('KUBE-SERVICES', chain).filter(({ text }) => text.includes(`-d ${service.clusterIP}/32 `));
  const nodePort =
    service.nodePort === undefined
      ? []
      : jumps('KUBE-NODEPORTS', external).filter(({ text }) => text.includes(`--dport ${service.nodePort} `));
  return {
    found: [`chain ${chain}, ${entry.length} entry rule, spreading over ${spread.length} endpoints`],
    missing: [
      ...(entry.length ? [] : [`KUBE-SERVICES has no rule from ${service.clusterIP}:${service.port} to ${chain}`]),
      ...(spread.length ? [] : [`chain ${chain} spreads over no endpoint`]),
      ...(service.nodePort === undefined || nodePort.length
        ? []
        : [`KUBE-NODEPORTS has no rule from port ${service.nodePort} to ${external}`]),
    ],
    endpoints: new Set(spread.map(({ text }) => / -j (\S+)/.exec(text)?.[1])).size,
    spread: sum([...spread, ...jumps(local, 'KUBE-SEP-')].map(({ packets }) => packets)),
  };
}

/** KUBE-PORTALS-CONTAINER turns each Service port to the port on which kube-proxy itself listens for it (kube-proxy <= 1.25). */
export function readUserspace(save: string, service: ServiceRef): ServiceRules {
  const comment = `"?${servicePortName(service)}"?`;
  const portals = (chain: string) =>
    rules(save, new RegExp(`^\\[(\\d+):\\d+\\] -A ${chain} .*--comment ${comment} .*-j (?:REDIRECT|DNAT) .*`, 'gm'));
  const own = [service.clusterIP, ...(service.loadBalancerIP === undefined ? [] : [service.loadBalancerIP])];
  const isOwn = ({ text }: { readonly text: string }) => own.some((address) => text.includes(`-d ${address}/32 `));
  const container = portals('KUBE-PORTALS-CONTAINER').filter(isOwn);
  const host = portals('KUBE-PORTALS-HOST').filter(isOwn);
  const nodePort = portals('KUBE-NODEPORT-CONTAINER');
  return {
    found: container.map(({ text }) => `portal ${text.replace(/^\[.*?\] -A /, '')}`),
    missing: own
      .filter((address) => !container.some(({ text }) => text.includes(`-d ${address}/32 `)))
      .map((address) => `KUBE-PORTALS-CONTAINER has no portal for ${address}:${service.port}`),
    // The process behind the portal knows the endpoints, the kernel does not.
    endpoints: Number.POSITIVE_INFINITY,
    spread: sum([...container, ...host, ...nodePort].map(({ packets }) => packets)),
  };
}

/** The verdict map service-ips leads to the Service's own chain, which spreads by a numgen map; neither has a counter. */
export function readNftables(table: string, service: ServiceRef): ServiceRules {
  const { service: chain, external } = nftablesChains(service);
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const entry = new RegExp(
    `${escaped(service.clusterIP)} \\. tcp \\. ${portPattern(service.port)} : goto ${escaped(chain)}`,
  ).test(table);
  const nodePort =
    service.nodePort === undefined || new RegExp(`tcp \\. ${service.nodePort} : goto ${escaped(external)}`).test(table);
  const [, endpoints] = new RegExp(`chain ${escaped(chain)} \\{[^}]*?numgen random mod (\\d+) vmap`).exec(table) ?? [];
  return {
    found: [`chain ${chain}, spreading over ${endpoints ?? 0} endpoints`],
    endpoints: Number(endpoints ?? 0),
    missing: [
      ...(entry ? [] : [`map service-ips has no element for ${service.clusterIP}:${service.port}`]),
      ...(nodePort ? [] : [`map service-nodeports has no element for port ${service.nodePort}`]),
      ...(endpoints ? [] : [`chain ${chain} is missing or spreads over no endpoint`]),
    ],
  };
}

/** nft prints well-known ports by name unless told otherwise. */
const portPattern = (port: number): string => (port === 80 ? '(?:80|http)' : String(port));

/** /proc/net/ip_vs: virtual servers in hex, their real servers behind "->". */
export function readIpvs(text: string, service: ServiceRef): ServiceRules {
  const key = `${hexAddress(service.clusterIP)}:${hexPort(service.port)}`;
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`TCP  ${key} `));
  const servers = start < 0 ? [] : takeWhile(lines.slice(start + 1), (line) => line.startsWith('  -> '));
  return {
    found: start < 0 ? [] : [`virtual server ${service.clusterIP}:${service.port}, ${servers.length} real servers`],
    endpoints: servers.length,
    missing:
      start < 0
        ? [`no virtual server ${service.clusterIP}:${service.port}`]
        : servers.length
          ? []
          : [`virtual server ${service.clusterIP}:${service.port} has no real server`],
  };
}

const hexAddress = (address: string): string =>
  address
    .split('.')
    .map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0'))
    .join('');

const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

function takeWhile<T>(items: readonly T[], keep: (item: T) => boolean): readonly T[] {
  const end = items.findIndex((item) => !keep(item));
  return end < 0 ? items : items.slice(0, end);
}

export interface Tracked {
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** Where the answers come from: the backend after DNAT. */
  readonly answeredBy: string;
  /** Whom the backend answers to: the client, or who masqueraded for it. */
  readonly answeredTo: string;
}

/** An entry that was handed to a flow table shows no state. */
const OPEN = /\b(?:ESTABLISHED|(?:HW_)?OFFLOAD)\b/;

/** Reads the open connections of /proc/net/nf_conntrack or `conntrack -L`: each line has the original tuple and the reply tuple. */
export function readConntrack(text: string): Tracked[] {
  return text.split('\n').flatMap((line): Tracked[] => {
    const fields = [...line.matchAll(/\b(src|dst|sport|dport)=(\S+)/g)].map(([, , value]) => value ?? '');
    const [, destination = '', sourcePort, destinationPort, answeredBy = '', answeredTo = ''] = fields;
    // A port that load has used lately may have left an entry behind, on another node even; what is open now is ESTABLISHED.
    if (fields.length < 8 || !OPEN.test(line)) return [];
    return [{ sourcePort: Number(sourcePort), destination, destinationPort: Number(destinationPort), answeredBy, answeredTo }];
  });
}

const rules = (save: string, pattern: RegExp) =>
  [...save.matchAll(pattern)].map(([text, packets]) => ({ text, packets: Number(packets) }));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
