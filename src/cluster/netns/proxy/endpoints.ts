import type { V1Endpoint, V1EndpointSlice } from '@kubernetes/client-node';
import { parseAddress } from '../../addresses/ipv4-network.ts';
import type { ServicePortId } from '../../kernel/kube-proxy-names.ts';

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

/**
 * The endpoints of one Service port from the IPv4 EndpointSlices of its Service, each once and sorted by text
 * (pkg/proxy/endpointslicecache.go). Where two slices name one endpoint, the one that says "local" wins, else the first.
 */
export function collectEndpoints(
  { portName, protocol }: ServicePortId,
  slices: Iterable<V1EndpointSlice>,
  nodeName: string,
): readonly Endpoint[] {
  const found: Endpoint[] = [];
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    for (const port of slice.ports ?? []) {
      if (!port.port || (port.name ?? '') !== (portName ?? '') || !sameProtocol(port.protocol, protocol)) continue;
      for (const entry of slice.endpoints ?? []) {
        const endpoint = endpointOf(entry, port.port, nodeName);
        if (endpoint) found.push(endpoint);
      }
    }
  }
  return ascending(found) ? found : eachOnce(found.sort(inOrder));
}

const sameProtocol = (one = 'TCP', other = 'TCP'): boolean => one === other || one.toUpperCase() === other.toUpperCase();

/** The label by which an EndpointSlice belongs to a Service. */
export const serviceOfSlice = (slice: V1EndpointSlice): string | undefined => {
  const name = slice.metadata?.labels?.['kubernetes.io/service-name'];
  return name ? `${slice.metadata?.namespace ?? 'default'}/${name}` : undefined;
};

/** Most are: to look first is cheaper than to sort tens of thousands of pairs. */
const ascending = (endpoints: readonly Endpoint[]): boolean =>
  endpoints.every(({ text }, index) => index === 0 || endpoints[index - 1]!.text < text);

function eachOnce(sorted: readonly Endpoint[]): readonly Endpoint[] {
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
  const address = entry.addresses[0] === undefined ? undefined : parseAddress(entry.addresses[0]);
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
