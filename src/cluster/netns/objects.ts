import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import type { ServiceRef } from '../contract/deployment.ts';
import { ECHO_PORT, NAMESPACE } from '../kube/manifests/agent.ts';
import { exposingService, SERVICE_PORT, SERVICE_PORT_NAME, type ServedEntry } from '../kube/manifests/service.ts';
import type { ProxyObjects } from './proxy/service-map.ts';

/** One pod as an EndpointSlice tells of it; a pod that is an address only is not ready, as Kubernetes has it for a pod without a container. */
export interface PodEndpoint {
  readonly pod: string;
  readonly node: string;
  readonly address: string;
  readonly ready: boolean;
}

export interface ServedApp {
  /** What its Services are named after. */
  readonly app: string;
  /** Where its pods listen. */
  readonly port: number;
  readonly pods: readonly PodEndpoint[];
  readonly entries: readonly ServedEntry[];
}

/** What an API server and MetalLB's controller add to Services. */
export interface Allocation {
  /** Of the first of its Services; those of a cluster are numbered through. */
  readonly firstIndex: number;
  /** Of LoadBalancers, by the Service's name. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** An app's Services for its entries, in this order, each with an EndpointSlice of the same pods. */
export function servedObjects({ app, port, pods, entries }: ServedApp, allocation: Allocation): ProxyObjects {
  const services = entries.map((entry, index) =>
    allocated(
      exposingService(entry, { namespace: NAMESPACE, app, targetPort: port }),
      allocation.firstIndex + index,
      allocation.addresses,
    ),
  );
  const endpoints = endpointsOf(pods);
  return { services, endpointSlices: services.map((service) => sliceOf(service, port, endpoints)) };
}

/** A Service with an address of 10.96.0.0/16, a port of the range 30000-32767, and a LoadBalancer's own address. */
function allocated(service: V1Service, index: number, addresses: Allocation['addresses']): V1Service {
  const ports = service.spec!.ports!.map((port) => ({ ...port, nodePort: 30_100 + index }));
  const { type, externalTrafficPolicy } = service.spec!;
  // kube-proxy answers a load balancer's question for local endpoints there, and makes rules for it; MetalLB never asks.
  const healthCheck = type === 'LoadBalancer' && externalTrafficPolicy === 'Local' ? { healthCheckNodePort: 31_100 + index } : {};
  const ip = addresses.get(service.metadata!.name!);
  return {
    ...service,
    spec: { ...service.spec, clusterIP: `10.96.0.${100 + index}`, ports, ...healthCheck },
    ...(ip === undefined ? {} : { status: { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } } }),
  };
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

/** So many fillers, each with an EndpointSlice of the same pods. */
export function fillerObjects(pods: readonly PodEndpoint[], fillers: number): ProxyObjects {
  const services = Array.from({ length: fillers }, (_, index): V1Service => {
    const { name, namespace, clusterIP, portName, port } = fillerRef(index);
    const ports = [{ name: portName, port, targetPort: ECHO_PORT, protocol: 'TCP' }];
    return { metadata: { name, namespace }, spec: { type: 'ClusterIP', clusterIP, ports } };
  });
  const endpoints = endpointsOf(pods);
  return { services, endpointSlices: services.map((service) => sliceOf(service, ECHO_PORT, endpoints)) };
}

export const joined = (...all: readonly ProxyObjects[]): ProxyObjects => ({
  services: all.flatMap(({ services }) => services),
  endpointSlices: all.flatMap(({ endpointSlices }) => endpointSlices),
});

type SliceEndpoints = NonNullable<V1EndpointSlice['endpoints']>;

const endpointsOf = (pods: readonly PodEndpoint[]): SliceEndpoints =>
  pods.map(({ pod, node, address, ready }) => ({
    addresses: [address],
    nodeName: node,
    conditions: { ready, serving: ready, terminating: false },
    targetRef: { kind: 'Pod', name: pod, namespace: NAMESPACE },
  }));

const sliceOf = ({ metadata }: V1Service, port: number, endpoints: SliceEndpoints): V1EndpointSlice => ({
  metadata: { name: `${metadata!.name}-1`, namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': metadata!.name! } },
  addressType: 'IPv4',
  ports: [{ name: SERVICE_PORT_NAME, port, protocol: 'TCP' }],
  endpoints,
});
