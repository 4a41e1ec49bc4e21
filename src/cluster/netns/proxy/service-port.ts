import type { V1Service, V1ServicePort } from '@kubernetes/client-node';
import { type Ipv4Network, parseAddress, parseCidr } from '../../addresses/ipv4-network.ts';
import type { Protocol } from '../../contract/transport.ts';
import { type ServicePortId, servicePortName } from '../../kernel/kube-proxy-names.ts';

/** One port of a Service as kube-proxy sees it in IPv4 (pkg/proxy/serviceport.go). */
export interface ServicePort {
  readonly id: ServicePortId;
  /** "namespace/name:port". */
  readonly name: string;
  readonly protocol: Protocol;
  readonly clusterIp: string;
  readonly port: number;
  /** 0 for none. */
  readonly nodePort: number;
  readonly externalIps: readonly string[];
  /** Addresses of the load balancer that stand on the node (ipMode VIP). */
  readonly loadBalancerIps: readonly string[];
  /** Empty for "everybody". */
  readonly sourceRanges: readonly Ipv4Network[];
  /** Seconds of session affinity ClientIP; undefined without affinity. */
  readonly affinitySeconds: number | undefined;
  /** 0 for none. */
  readonly healthCheckNodePort: number;
  readonly externalLocal: boolean;
  readonly internalLocal: boolean;
}

/** The ports of a Service that get rules: none for headless, ExternalName and IPv6 Services. */
export function servicePorts(service: V1Service): readonly ServicePort[] {
  const spec = service.spec;
  const clusterIp = spec && spec.type !== 'ExternalName' ? clusterIpv4(service) : undefined;
  if (!spec || clusterIp === undefined) return [];
  const externalIps = ipv4Only(spec.externalIPs);
  const loadBalancerIps = ipv4Only(
    service.status?.loadBalancer?.ingress?.flatMap(({ ip, ipMode }) => (ip && (ipMode ?? 'VIP') === 'VIP' ? [ip] : [])),
  );
  const ranges = sourceRanges(spec.loadBalancerSourceRanges);
  // Written out, because spreading what the ports share costs ten times as much, which shows with 10,000 Services.
  return (spec.ports ?? []).map((port) => {
    const id = portId(service, port);
    return {
      id,
      name: servicePortName(id),
      protocol: (port.protocol ?? 'TCP').toLowerCase() as Protocol,
      clusterIp,
      port: port.port,
      nodePort: port.nodePort ?? 0,
      externalIps,
      loadBalancerIps,
      sourceRanges: ranges,
      affinitySeconds: affinitySeconds(service),
      healthCheckNodePort: needsHealthCheck(service) ? (spec.healthCheckNodePort ?? 0) : 0,
      externalLocal: externalLocal(service),
      internalLocal: spec.internalTrafficPolicy === 'Local',
    };
  });
}

/** Reachable by something other than its cluster IP. */
export const externallyAccessible = (port: ServicePort): boolean =>
  port.nodePort !== 0 || port.loadBalancerIps.length > 0 || port.externalIps.length > 0;

/** Traffic policy Cluster is used somewhere: also with external policy Local, for what pods and nodes send (the short circuit). */
export const usesClusterEndpoints = (port: ServicePort): boolean => !port.internalLocal || externallyAccessible(port);

/** Traffic policy Local is used somewhere. */
export const usesLocalEndpoints = (port: ServicePort): boolean =>
  port.internalLocal || (port.externalLocal && externallyAccessible(port));

const portId = (service: V1Service, port: V1ServicePort): ServicePortId => ({
  namespace: service.metadata?.namespace ?? 'default',
  name: service.metadata?.name ?? '',
  portName: port.name ?? '',
  protocol: port.protocol ?? 'TCP',
});

/** GetClusterIPByFamily (pkg/proxy/util/utils.go). */
function clusterIpv4({ spec }: V1Service): string | undefined {
  if (!spec?.clusterIP || spec.clusterIP === 'None') return undefined;
  const index = spec.ipFamilies?.length ? spec.ipFamilies.indexOf('IPv4') : 0;
  const address = spec.ipFamilies?.length && spec.clusterIPs ? spec.clusterIPs[index] : spec.clusterIP;
  return index < 0 || address === undefined ? undefined : parseAddress(address);
}

const ipv4Only = (addresses: readonly string[] | undefined): readonly string[] =>
  addresses?.map(parseAddress).filter((address) => address !== undefined) ?? [];

function sourceRanges(ranges: readonly string[] | undefined): readonly Ipv4Network[] {
  const cidrs = ranges?.map(parseCidr).filter((cidr) => cidr !== undefined) ?? [];
  // A range of all addresses is the same as no range.
  return cidrs.some(({ bits }) => bits === 0) ? [] : cidrs;
}

// The API server fills in 10800 (three hours) where the time is not told.
const affinitySeconds = ({ spec }: V1Service): number | undefined =>
  spec?.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : undefined;

/** ExternalPolicyLocal (pkg/api/v1/service/util.go). */
function externalLocal({ spec }: V1Service): boolean {
  const type = spec?.type ?? 'ClusterIP';
  const external =
    type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && (spec?.externalIPs?.length ?? 0) > 0);
  return external && spec?.externalTrafficPolicy === 'Local';
}

const needsHealthCheck = (service: V1Service): boolean => service.spec?.type === 'LoadBalancer' && externalLocal(service);
