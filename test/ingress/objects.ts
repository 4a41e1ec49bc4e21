import type { V1EndpointSlice, V1Ingress, V1IngressClass, V1IngressRule, V1Service } from '@kubernetes/client-node';
import type { BackendEndpoint } from '../../src/ingress/model.ts';

const NAMESPACE = 'shop';

/** [path, its type, the Service it leads to]; the port of every Service is 80. */
export type PathOf = readonly [path: string, pathType: 'Exact' | 'Prefix' | 'ImplementationSpecific', service: string];

/** An Ingress of the class "lab"; "" is any host. */
export function ingress(
  name: string,
  hosts: Readonly<Record<string, readonly PathOf[]>>,
  spec: V1Ingress['spec'] = {},
): V1Ingress {
  const rules = Object.entries(hosts).map(
    ([host, paths]): V1IngressRule => ({
      ...(host === '' ? {} : { host }),
      http: { paths: paths.map(([path, pathType, service]) => ({ path, pathType, backend: backend(service) })) },
    }),
  );
  return { metadata: { name, namespace: NAMESPACE }, spec: { ingressClassName: 'lab', rules, ...spec } };
}

export const backend = (name: string, port: { number?: number; name?: string } = { number: 80 }) => ({ service: { name, port } });

export const ingressClass = (name: string, controller: string, annotations: Record<string, string> = {}): V1IngressClass => ({
  metadata: { name, annotations },
  spec: { controller },
});

export const service = (name: string): V1Service => ({
  metadata: { name, namespace: NAMESPACE },
  spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
});

/** An EndpointSlice of a Service, its endpoints ready unless they say otherwise; all have the port of the first. */
export const slice = (
  name: string,
  endpoints: readonly (BackendEndpoint & { ready?: boolean; serving?: boolean; terminating?: boolean })[],
): V1EndpointSlice => ({
  metadata: { name: `${name}-1`, namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: endpoints[0]?.port ?? 8080, protocol: 'TCP' }],
  endpoints: endpoints.map(({ address, port: _, ...conditions }) => ({ addresses: [address], conditions })),
});
