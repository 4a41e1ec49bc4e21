import type { V1Endpoint, V1EndpointSlice } from '@kubernetes/client-node';
import { parseIpv4 } from './ipv4.ts';

/** One address and port behind a Service port, as seen from one node (pkg/proxy/endpoint.go). */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** "address:port". */
  readonly text: string;
  /** It runs on this node. */
  readonly local: boolean;
  readonly ready: boolean;
  /** Ready, whether or not it is terminating. */
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Hints of topology: the zones and the nodes whose traffic it should get. */
  readonly zones: readonly string[];
  readonly nodes: readonly string[];
}

/** What of a Service port finds its endpoints: port name and protocol. */
export const endpointKey = (portName: string | undefined, protocol: string | undefined): string =>
  `${portName ?? ''}/${(protocol ?? 'TCP').toUpperCase()}`;

/**
 * The endpoints of a Service from all its IPv4 EndpointSlices, by `endpointKey`, each once and sorted by text
 * (pkg/proxy/endpointslicecache.go). Where two slices name one endpoint, the one that says "local" wins, else the first.
 */
export function collectEndpoints(slices: Iterable<V1EndpointSlice>, nodeName: string): ReadonlyMap<string, readonly Endpoint[]> {
  const found = new Map<string, Endpoint[]>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    for (const port of slice.ports ?? []) {
      if (!port.port) continue;
      const key = endpointKey(port.name, port.protocol);
      const endpoints = found.get(key) ?? [];
      for (const entry of slice.endpoints ?? []) {
        const endpoint = endpointOf(entry, port.port, nodeName);
        if (endpoint) endpoints.push(endpoint);
      }
      found.set(key, endpoints);
    }
  }
  for (const [key, endpoints] of found) if (endpoints.length > 1) found.set(key, eachOnce(endpoints.sort(inOrder)));
  return found;
}

/** The label by which an EndpointSlice belongs to a Service. */
export const serviceOfSlice = (slice: V1EndpointSlice): string | undefined => {
  const name = slice.metadata?.labels?.['kubernetes.io/service-name'];
  return name ? `${slice.metadata?.namespace ?? 'default'}/${name}` : undefined;
};

function eachOnce(sorted: readonly Endpoint[]): Endpoint[] {
  const kept: Endpoint[] = [];
  for (const endpoint of sorted) {
    if (kept.at(-1)?.text !== endpoint.text) kept.push(endpoint);
    else if (endpoint.local) kept[kept.length - 1] = endpoint;
  }
  return kept;
}

const inOrder = (a: Endpoint, b: Endpoint): number => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0);

const nobody: readonly string[] = [];

function endpointOf(entry: V1Endpoint, port: number, nodeName: string): Endpoint | undefined {
  const address = entry.addresses[0] === undefined ? undefined : parseIpv4(entry.addresses[0]);
  if (address === undefined) return undefined;
  return {
    address,
    port,
    text: `${address}:${port}`,
    local: entry.nodeName === nodeName,
    ready: entry.conditions?.ready ?? true,
    serving: entry.conditions?.serving ?? true,
    terminating: entry.conditions?.terminating ?? false,
    zones: entry.hints?.forZones?.map(({ name }) => name) ?? nobody,
    nodes: entry.hints?.forNodes?.map(({ name }) => name) ?? nobody,
  };
}
