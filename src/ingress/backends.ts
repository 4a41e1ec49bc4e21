import type { V1EndpointSlice, V1IngressBackend, V1Service, V1ServicePort } from '@kubernetes/client-node';
import type { Backend, BackendEndpoint } from './model.ts';
import type { BackendFault } from './problems.ts';

/** Finds what the backends of Ingresses come to, and remembers them. */
export interface Resolver {
  /** No id: there is no such Service or TCP port. A backend without endpoints has an id and a fault. */
  resolve(namespace: string, backend: V1IngressBackend): { readonly id?: string; readonly fault?: BackendFault };
  /** Those found so far, sorted by id. */
  backends(): Backend[];
}

/** @param slices all EndpointSlices; the label "kubernetes.io/service-name" names the Service of one. */
export function createResolver(services: readonly V1Service[], slices: readonly V1EndpointSlice[]): Resolver {
  const byName = new Map(services.map((service) => [keyOf(service.metadata?.namespace, service.metadata?.name), service]));
  const found = new Map<string, Backend>();

  return {
    resolve(namespace, { service: reference, resource }) {
      if (!reference) return { fault: { kind: 'resource-backend', resource: resource?.kind ?? 'unknown' } };
      const key = keyOf(namespace, reference.name);
      const service = byName.get(key);
      if (!service) return { fault: { kind: 'no-service', service: key } };
      if (service.spec?.type === 'ExternalName') return { fault: { kind: 'external-name', service: key } };
      const ports = portsOf(service, reference.port);
      const port = ports.find(isTcp);
      if (!port) {
        const protocols = [...new Set(ports.map(protocolOf))];
        const named = reference.port?.name || reference.port?.number?.toString() || '(none is named)';
        return { fault: { kind: 'no-port', service: key, port: named, protocols } };
      }

      const id = idOf(service, port);
      const known = found.get(id) ?? { id, endpoints: endpointsOf(slicesOf(key, slices), nameOf(port)) };
      found.set(id, known);
      const fault = faultOf(key, port, known);
      return fault ? { id, fault } : { id };
    },
    backends: () => [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

const keyOf = (namespace = 'default', name = ''): string => `${namespace}/${name}`;

/** Of every protocol: 443/UDP and 443/TCP are two ports, and so are two of one number that have two names. */
const portsOf = (service: V1Service, { name, number }: { name?: string; number?: number } = {}): V1ServicePort[] =>
  (service.spec?.ports ?? []).filter((port) => (name ? nameOf(port) === name : port.port === number));

const protocolOf = ({ protocol }: { protocol?: string }): string => protocol || 'TCP';
const isTcp = (port: { protocol?: string }): boolean => protocolOf(port) === 'TCP';
const nameOf = ({ name }: { name?: string }): string => name || '';

/** The port's name is part of it only where another TCP port of the Service has the same number. */
function idOf({ metadata, spec }: V1Service, port: V1ServicePort): string {
  const alike = (spec?.ports ?? []).filter((one) => isTcp(one) && one.port === port.port);
  const id = `${metadata?.namespace ?? 'default'}.${metadata?.name}.${port.port}`;
  return alike.length > 1 && nameOf(port) ? `${id}.${nameOf(port)}` : id;
}

/** Values of appProtocol that plain HTTP/1.1 satisfies (Service, "Application protocol"; KEP-3726 for those of Kubernetes' own). */
const PLAIN = ['http', 'kubernetes.io/ws', 'ws'];

function faultOf(service: string, { port, appProtocol }: V1ServicePort, { endpoints }: Backend): BackendFault | undefined {
  if (endpoints.length === 0) return { kind: 'no-endpoints', service, port };
  if (appProtocol && !PLAIN.includes(appProtocol.toLowerCase())) return { kind: 'app-protocol', service, port, appProtocol };
  return undefined;
}

const slicesOf = (service: string, slices: readonly V1EndpointSlice[]): V1EndpointSlice[] =>
  slices.filter(
    ({ addressType, metadata }) =>
      addressType === 'IPv4' && keyOf(metadata?.namespace, metadata?.labels?.['kubernetes.io/service-name']) === service,
  );

/**
 * The endpoints that kube-proxy would use too: the ready ones; where none is ready, those that terminate and still serve.
 * A slice has resolved the Service's targetPort already, with another number where pods differ, and calls the port by the Service port's name.
 */
function endpointsOf(slices: readonly V1EndpointSlice[], portName: string): BackendEndpoint[] {
  const ready = new Map<string, BackendEndpoint>();
  const terminating = new Map<string, BackendEndpoint>();
  for (const { ports, endpoints } of slices) {
    const numbers = (ports ?? []).filter((port) => isTcp(port) && nameOf(port) === portName).map(({ port }) => port);
    for (const { addresses, conditions } of endpoints ?? []) {
      const address = addresses[0];
      if (address === undefined) continue;
      const serving = conditions?.serving ?? conditions?.ready ?? true;
      for (const port of numbers) {
        if (!port) continue;
        const endpoint = { address, port };
        if (conditions?.ready ?? true) ready.set(`${address}:${port}`, endpoint);
        else if (serving && conditions?.terminating) terminating.set(`${address}:${port}`, endpoint);
      }
    }
  }
  const chosen = ready.size > 0 ? ready : terminating;
  return [...chosen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}
