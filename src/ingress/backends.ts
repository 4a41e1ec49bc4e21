import type { V1EndpointSlice, V1IngressBackend, V1Service } from '@kubernetes/client-node';
import type { Backend, BackendEndpoint, IngressProblem } from './model.ts';

type Problem = Pick<IngressProblem, 'kind' | 'sentence'>;

/** Finds what the backends of Ingresses come to, and remembers them. */
export interface Resolver {
  /** No id: there is no such Service or port. A backend without endpoints has an id and a problem. */
  resolve(namespace: string, backend: V1IngressBackend): { readonly id?: string; readonly problem?: Problem };
  /** Those found so far, sorted by id. */
  backends(): Backend[];
}

/** @param slices all EndpointSlices; the label "kubernetes.io/service-name" tells to which Service one belongs. */
export function createResolver(services: readonly V1Service[], slices: readonly V1EndpointSlice[]): Resolver {
  const byName = new Map(services.map((service) => [keyOf(service.metadata?.namespace, service.metadata?.name), service]));
  const found = new Map<string, Backend>();

  return {
    resolve(namespace, { service: wanted, resource }) {
      if (!wanted)
        return failed('bad-rule', `a backend of the kind ${resource?.kind ?? 'unknown'} is not supported, only a Service.`);
      const key = keyOf(namespace, wanted.name);
      const service = byName.get(key);
      if (!service) return failed('no-service', `there is no Service ${key}.`);
      if (service.spec?.type === 'ExternalName')
        return failed('no-service', `the Service ${key} is of the type ExternalName, which has no endpoints.`);
      const port = service.spec?.ports?.find(({ name, port }) =>
        wanted.port?.name === undefined ? port === wanted.port?.number : name === wanted.port.name,
      );
      if (!port)
        return failed(
          'no-port',
          `the Service ${key} has no port ${wanted.port?.name ?? wanted.port?.number ?? '(none is named)'}.`,
        );

      const id = `${namespace}.${wanted.name}.${port.port}`;
      const known = found.get(id) ?? { id, endpoints: endpointsOf(slicesOf(key, slices), port.name) };
      found.set(id, known);
      const problem: Problem = {
        kind: 'no-endpoints',
        sentence: `the Service ${key} has no ready endpoints for its port ${port.port}.`,
      };
      return known.endpoints.length > 0 ? { id } : { id, problem };
    },
    backends: () => [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

const failed = (kind: Problem['kind'], sentence: string) => ({ problem: { kind, sentence } });

const keyOf = (namespace = 'default', name = ''): string => `${namespace}/${name}`;

const slicesOf = (service: string, slices: readonly V1EndpointSlice[]): V1EndpointSlice[] =>
  slices.filter(
    ({ addressType, metadata }) =>
      addressType === 'IPv4' && keyOf(metadata?.namespace, metadata?.labels?.['kubernetes.io/service-name']) === service,
  );

/**
 * The endpoints that kube-proxy would use too: the ready ones; where none is ready, those that terminate and still serve.
 * A slice has resolved the Service's targetPort already, and calls the port by the Service port's name.
 */
function endpointsOf(slices: readonly V1EndpointSlice[], portName = ''): BackendEndpoint[] {
  const ready = new Map<string, BackendEndpoint>();
  const terminating = new Map<string, BackendEndpoint>();
  for (const { ports, endpoints } of slices) {
    const port = ports?.find(({ name = '', protocol = 'TCP' }) => name === portName && protocol === 'TCP')?.port;
    if (!port) continue;
    for (const { addresses, conditions } of endpoints ?? []) {
      const address = addresses[0];
      if (address === undefined) continue;
      const endpoint = { address, port };
      const serving = conditions?.serving ?? conditions?.ready ?? true;
      if (conditions?.ready ?? true) ready.set(`${address}:${port}`, endpoint);
      else if (serving && conditions?.terminating) terminating.set(`${address}:${port}`, endpoint);
    }
  }
  const chosen = ready.size > 0 ? ready : terminating;
  return [...chosen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}
