import type { V1Service } from '@kubernetes/client-node';
import type { Endpoint, ServiceRef } from '../../contract/deployment.ts';
import {
  type Announcement,
  type ClusterIp,
  type Exposure,
  type PooledAnnouncement,
  pooledAnnouncements,
  serviceKey,
} from '../../contract/topology.ts';
import { protocolOf } from '../../contract/transport.ts';
import { labels } from './agent.ts';

export const SERVICE_PORT = 80;
export const SERVICE_PORT_NAME = 'http';

/** What a Service is there for; a ClusterIP and a NodePort of policy Cluster share one. */
export type ServedEntry = Exclude<Exposure, { entry: 'host-port' }> | ClusterIp;

/** MetalLB's: from which pool a Service gets its address. */
const POOL = 'metallb.io/address-pool';

/** Where a LoadBalancer gets its address: MetalLB's pool of this name. */
export const poolName = (announce: PooledAnnouncement): string => `trafficlab-${announce}`;

/** From which pool a Service gets its address: by MetalLB's annotation, which nobody else reads. */
const fromPool = (announce: Announcement) => (announce === 'servicelb' ? {} : { annotations: { [POOL]: poolName(announce) } });

/** How the address of a Service of ours is announced; undefined where it has none of a pool. */
export const announcementOf = ({ metadata }: V1Service): PooledAnnouncement | undefined =>
  pooledAnnouncements.find((announce) => metadata?.annotations?.[POOL] === poolName(announce));

/** "echo", "echo-local", "nginx-daemonset-l2": the Services in front of the pods of an app. */
export const serviceName = (app: string, entry: ServedEntry): string => {
  const key = serviceKey(entry);
  return key === '' ? app : `${app}-${key}`;
};

export interface ServiceOptions {
  readonly namespace: string;
  /** The pods' label app.kubernetes.io/name, and what the Service's own name begins with. */
  readonly app: string;
  readonly targetPort: number;
  /** Labels that the pods must have beside those of the app. */
  readonly selector?: Readonly<Record<string, string>>;
}

/** A Service in front of an app for an entry. A NodePort Service has a ClusterIP as well. The API server chooses addresses and ports. */
export function exposingService(entry: ServedEntry, { namespace, app, targetPort, selector = {} }: ServiceOptions): V1Service {
  const balanced = entry.entry === 'load-balancer';
  const local = entry.entry !== 'cluster-ip' && entry.trafficPolicy === 'local';
  const internal = entry.entry === 'cluster-ip' && entry.internalTrafficPolicy === 'local';
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: serviceName(app, entry),
      namespace,
      labels: labels(app),
      ...(balanced ? fromPool(entry.announce) : {}),
    },
    spec: {
      type: balanced ? 'LoadBalancer' : 'NodePort',
      externalTrafficPolicy: local ? 'Local' : 'Cluster',
      ...(internal ? { internalTrafficPolicy: 'Local' } : {}),
      sessionAffinity: entry.sessionAffinity === 'client-ip' ? 'ClientIP' : 'None',
      selector: { ...labels(app), ...selector },
      ports: [{ name: SERVICE_PORT_NAME, port: SERVICE_PORT, targetPort, protocol: 'TCP' }],
    },
  };
}

/** The entries of topologies that need a Service in front of the echo pods, each Service once. A cluster always has the plain one. */
export function servedEntries(exposures: readonly { readonly entry: string }[]): ServedEntry[] {
  const plain: ServedEntry = { entry: 'cluster-ip' };
  const entries = ['cluster-ip', 'node-port', 'load-balancer'];
  const served = exposures.filter((one): one is ServedEntry => entries.includes(one.entry));
  return [...new Map([plain, ...served].map((entry) => [serviceKey(entry), entry])).values()];
}

/** A Service of ours as it stands in a cluster, as proofs look for it. @param endpoints the pods behind it, where they are no echo pods. */
export function serviceRef({ metadata, spec, status }: V1Service, endpoints?: readonly Endpoint[]): ServiceRef {
  const nodePort = spec?.ports?.[0]?.nodePort;
  const { ip: loadBalancerIP, ipMode } = status?.loadBalancer?.ingress?.[0] ?? {};
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    portName: SERVICE_PORT_NAME,
    protocol: protocolOf(spec?.ports?.[0]?.protocol),
    clusterIP: spec?.clusterIP ?? '',
    port: SERVICE_PORT,
    ...(nodePort === undefined ? {} : { nodePort }),
    ...(loadBalancerIP === undefined ? {} : { loadBalancerIP }),
    ...(spec?.externalTrafficPolicy === 'Local' ? { externalTrafficPolicy: 'local' } : {}),
    ...(spec?.internalTrafficPolicy === 'Local' ? { internalTrafficPolicy: 'local' } : {}),
    ...(spec?.sessionAffinity === 'ClientIP' ? { sessionAffinity: 'client-ip' } : {}),
    ...(ipMode === undefined || ipMode === 'VIP' ? {} : { loadBalancerIPMode: ipMode }),
    ...(endpoints ? { endpoints } : {}),
  };
}
