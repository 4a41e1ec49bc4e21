import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import type { ProxyNode } from './config.ts';
import { collectEndpoints, type Endpoint, serviceOfSlice } from './endpoints.ts';
import { type ServicePort, servicePorts } from './service-port.ts';
import { type UsableEndpoints, usableEndpoints } from './usable-endpoints.ts';
import { isVisible } from './visible.ts';

/** Services and EndpointSlices, as the API server gives them (its defaults filled in, or left out). */
export interface ProxyObjects {
  readonly services: readonly V1Service[];
  readonly endpointSlices: readonly V1EndpointSlice[];
}

/** What changed: objects that are new or different, and objects that are gone (only their name and namespace count). */
export interface ProxyChange {
  readonly upserted?: Partial<ProxyObjects>;
  readonly deleted?: Partial<ProxyObjects>;
}

/** One Service port with its endpoints as one node sees them: all that the rules are made of. */
export interface ProxiedPort extends ServicePort {
  /** Every endpoint, usable or not. */
  readonly endpoints: readonly Endpoint[];
  readonly usable: UsableEndpoints;
}

/** The Services of a cluster as seen from one node, kept up to date by changes. */
export interface ServiceMap {
  /** Forgets what was and takes these objects; tells the keys of all Services that were or are. */
  replace(objects: ProxyObjects): ReadonlySet<string>;
  /** Tells the keys ("namespace/name") of the Services whose rules may have changed. */
  apply(change: ProxyChange): ReadonlySet<string>;
  /** The ports of a Service; empty for one that is gone or gets no rules. */
  portsOf(key: string): readonly ProxiedPort[];
  /** Endpoints of all Services together. */
  endpointCount(): number;
}

/** Keeps Services and EndpointSlices, and works out only what a change touches (servicechangetracker.go, endpointslicecache.go). */
export function createServiceMap(node: ProxyNode): ServiceMap {
  const services = new Map<string, V1Service>();
  const slices = new Map<string, readonly V1EndpointSlice[]>();
  const serviceBySlice = new Map<string, string>();
  const ports = new Map<string, readonly ProxiedPort[]>();
  let endpointCount = 0;

  const dropSlice = (key: string, changed: Set<string>) => {
    const service = serviceBySlice.get(key);
    if (service === undefined) return;
    serviceBySlice.delete(key);
    const left = (slices.get(service) ?? []).filter((other) => nameOf(other) !== key);
    if (left.length > 0) slices.set(service, left);
    else slices.delete(service);
    changed.add(service);
  };
  const putSlice = (slice: V1EndpointSlice, changed: Set<string>) => {
    const key = nameOf(slice);
    const service = serviceOfSlice(slice);
    dropSlice(key, changed);
    if (service === undefined) return;
    serviceBySlice.set(key, service);
    const others = slices.get(service);
    slices.set(service, others ? [...others, slice] : [slice]);
    changed.add(service);
  };
  const refresh = (key: string) => {
    const service = services.get(key);
    const before = ports.get(key) ?? [];
    const after = service ? proxiedPorts(service, slices.get(key) ?? [], node) : [];
    endpointCount += count(after) - count(before);
    if (after.length > 0) ports.set(key, after);
    else ports.delete(key);
  };
  const apply = (change: ProxyChange): Set<string> => {
    const { upserted, deleted } = asWatched(change);
    const changed = new Set<string>();
    for (const key of deleted.services.map(nameOf)) if (services.delete(key)) changed.add(key);
    for (const slice of deleted.endpointSlices) dropSlice(nameOf(slice), changed);
    for (const service of upserted.services) {
      const key = nameOf(service);
      services.set(key, service);
      changed.add(key);
    }
    for (const slice of upserted.endpointSlices) putSlice(slice, changed);
    for (const key of changed) refresh(key);
    return changed;
  };

  return {
    replace(objects) {
      const before = [...ports.keys()];
      for (const map of [services, slices, serviceBySlice, ports]) map.clear();
      endpointCount = 0;
      const changed = apply({ upserted: objects });
      for (const key of before) changed.add(key);
      return changed;
    },
    apply,
    portsOf: (key) => ports.get(key) ?? [],
    endpointCount: () => endpointCount,
  };
}

/** A change as kube-proxy's watches report it: objects that it must not see are gone. Of two objects of one name the later counts. */
function asWatched({ upserted = {}, deleted = {} }: ProxyChange): { upserted: ProxyObjects; deleted: ProxyObjects } {
  const [services, endpointSlices] = [watched(upserted.services), watched(upserted.endpointSlices)];
  return {
    upserted: { services: services.seen, endpointSlices: endpointSlices.seen },
    deleted: {
      services: [...(deleted.services ?? []), ...services.hidden],
      endpointSlices: [...(deleted.endpointSlices ?? []), ...endpointSlices.hidden],
    },
  };
}

function watched<T extends V1Service | V1EndpointSlice>(
  objects: readonly T[] = [],
): { seen: readonly T[]; hidden: readonly T[] } {
  if (objects.every(isVisible)) return { seen: objects, hidden: [] };
  const last = [...new Map(objects.map((object) => [nameOf(object), object])).values()];
  return { seen: last.filter(isVisible), hidden: last.filter((object) => !isVisible(object)) };
}

function proxiedPorts(service: V1Service, slices: readonly V1EndpointSlice[], node: ProxyNode): readonly ProxiedPort[] {
  return servicePorts(service).map((port) => {
    const endpoints = collectEndpoints(port.id, slices, node.name);
    // Not spread, for speed; the object was made for this.
    return Object.assign(port, { endpoints, usable: usableEndpoints(port, endpoints, node) });
  });
}

const count = (ports: readonly ProxiedPort[]): number => ports.reduce((sum, { endpoints }) => sum + endpoints.length, 0);

const nameOf = ({ metadata }: V1Service | V1EndpointSlice): string =>
  `${metadata?.namespace ?? 'default'}/${metadata?.name ?? ''}`;
