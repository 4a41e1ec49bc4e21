import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node';

/** Services with their EndpointSlices. */
export interface ServedObjects {
  readonly services: readonly V1Service[];
  readonly endpointSlices: readonly V1EndpointSlice[];
}

/** An address of a LoadBalancer, and the nodes that may announce it; none: nobody may, and it is withdrawn. */
export interface Announced {
  readonly address: string;
  readonly nodes: readonly string[];
}

/** Makes addresses known to machines outside. Disposing withdraws all. */
export interface Announcer extends AsyncDisposable {
  /** From now on it is these, and no others. */
  announce(all: readonly Announced[]): Promise<void>;
}

/**
 * Which nodes may announce which addresses, as MetalLB's speakers decide: workers (the control plane carries the label
 * node.kubernetes.io/exclude-from-external-load-balancers, as kind's does) when the Service has a ready endpoint, and with
 * externalTrafficPolicy Local only those that have one themselves.
 */
export function announcedAddresses(
  { services, endpointSlices }: ServedObjects,
  workers: readonly string[],
  isAnnounced: (service: V1Service) => boolean,
): Announced[] {
  return services.filter(isAnnounced).flatMap((service) => {
    const address = service.status?.loadBalancer?.ingress?.[0]?.ip;
    return address === undefined ? [] : [{ address, nodes: announcingNodes(service, endpointSlices, workers) }];
  });
}

function announcingNodes(
  { metadata, spec }: V1Service,
  slices: readonly V1EndpointSlice[],
  workers: readonly string[],
): string[] {
  const own = slices.filter(({ metadata: about }) => about?.labels?.['kubernetes.io/service-name'] === metadata?.name);
  const ready = own.flatMap(({ endpoints }) => endpoints).filter(({ conditions }) => conditions?.ready);
  if (spec?.externalTrafficPolicy !== 'Local') return ready.length > 0 ? [...workers] : [];
  return workers.filter((worker) => ready.some(({ nodeName }) => nodeName === worker));
}
