import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import { ECHO, ECHO_PORT, NAMESPACE } from '../kube/manifests/agent.ts';
import { exposingService, SERVICE_PORT, SERVICE_PORT_NAME, type ServedEntry } from '../kube/manifests/service.ts';
import type { ServiceRef } from '../provider.ts';
import type { ProxyObjects } from './proxy/service-map.ts';

/** One echo pod as an EndpointSlice tells of it; a pod that is an address only is not ready, as Kubernetes has it for a pod without a container. */
export interface EchoEndpoint {
  readonly pod: string;
  readonly node: string;
  readonly address: string;
  readonly ready: boolean;
}

/** A Service with what an API server adds: an address of 10.96.0.0/16, and a port of the range 30000-32767. @param index from 0, one each. */
function allocated(service: V1Service, index: number): V1Service {
  const ports = service.spec!.ports!.map((port) => ({ ...port, nodePort: 30_100 + index }));
  return { ...service, spec: { ...service.spec, clusterIP: `10.96.0.${100 + index}`, ports } };
}

/** A filler: another Service in front of the same pods. @param index from 0. */
export const fillerRef = (index: number): ServiceRef => ({
  namespace: NAMESPACE,
  name: `filler-${index}`,
  portName: SERVICE_PORT_NAME,
  protocol: 'tcp',
  port: SERVICE_PORT,
  clusterIP: `10.96.${1 + Math.floor(index / 254)}.${1 + (index % 254)}`,
});

/** The Service that every cluster has. Nobody answers here: there is no API server. */
export function kubernetesObjects(controlPlane: string): ProxyObjects {
  const metadata = { name: 'kubernetes', namespace: 'default' };
  const service: V1Service = {
    metadata,
    spec: { type: 'ClusterIP', clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }] },
  };
  const slice: V1EndpointSlice = {
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
    endpoints: [{ addresses: [controlPlane], conditions: { ready: true } }],
  };
  return { services: [service], endpointSlices: [slice] };
}

/** The workload's Services for these entries and its fillers, in this order, each with an EndpointSlice of the same pods. */
export function workloadObjects(
  pods: readonly EchoEndpoint[],
  entries: readonly ServedEntry[],
  { sessionAffinity, fillers }: { readonly sessionAffinity: boolean; readonly fillers: number },
): ProxyObjects {
  const echoes = entries.map((entry, index) =>
    allocated(exposingService(entry, { app: ECHO, targetPort: ECHO_PORT, sessionAffinity }), index),
  );
  const others = Array.from({ length: fillers }, (_, index): V1Service => {
    const { name, namespace, clusterIP, portName, port } = fillerRef(index);
    const ports = [{ name: portName, port, targetPort: ECHO_PORT, protocol: 'TCP' }];
    return { metadata: { name, namespace }, spec: { type: 'ClusterIP', clusterIP, ports } };
  });
  const services = [...echoes, ...others];
  const endpoints = pods.map(({ pod, node, address, ready }) => ({
    addresses: [address],
    nodeName: node,
    conditions: { ready, serving: ready, terminating: false },
    targetRef: { kind: 'Pod', name: pod, namespace: NAMESPACE },
  }));
  return { services, endpointSlices: services.map((service) => sliceOf(service, endpoints)) };
}

const sliceOf = ({ metadata }: V1Service, endpoints: NonNullable<V1EndpointSlice['endpoints']>): V1EndpointSlice => ({
  metadata: { name: `${metadata!.name}-1`, namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': metadata!.name! } },
  addressType: 'IPv4',
  ports: [{ name: SERVICE_PORT_NAME, port: ECHO_PORT, protocol: 'TCP' }],
  endpoints,
});
