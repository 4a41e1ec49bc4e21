import { contains, networkText } from '../../addresses/ipv4-network.ts';
import { nodeAddresses, nodePortAddresses, type ProxyConfig } from './config.ts';
import type { Endpoint } from './endpoints.ts';
import type { IpSet } from './ipvs-base.ts';
import type { ProxiedPort } from './service-map.ts';
import type { ServicePort } from './service-port.ts';

/** A virtual server and where it leads. */
export interface VirtualServer {
  /** Words after -A or -E: scheduler and persistence. */
  readonly options: string;
  /** "address:port" each. */
  readonly endpoints: ReadonlySet<string>;
}

/** The IPVS objects of one Service port. */
export interface IpvsPort {
  /** By ipvsadm's words for it, as in "-t 10.96.0.1:443". */
  readonly servers: ReadonlyMap<string, VirtualServer>;
  /** Service addresses that stand on kube-ipvs0. */
  readonly addresses: readonly string[];
  readonly sets: ReadonlyMap<IpSet, readonly string[]>;
  /** Load balancer addresses that the node itself may not reach: their rules in KUBE-IPVS-OUT-FILTER. */
  readonly refused: readonly string[];
}

/** Makes the objects of one Service port (the loop of syncProxyRules, pkg/proxy/ipvs/proxier.go). */
export function ipvsPort(port: ProxiedPort, config: ProxyConfig): IpvsPort {
  const servers = new Map<string, VirtualServer>();
  const addresses: string[] = [];
  const sets = new Map<IpSet, string[]>();
  const refused: string[] = [];
  const add = (set: IpSet, entry: string) => {
    const entries = sets.get(set);
    if (entries) entries.push(entry);
    else sets.set(set, [entry]);
  };
  const options = serverOptions(port, config);
  const serve = (address: string, number: number, local: boolean) =>
    servers.set(`${serverFlag[port.protocol]} ${address}:${number}`, { options, endpoints: endpointsFor(port, local) });
  const entry = (address: string, number = port.port) => `${address},${port.protocol}:${number}`;
  const onNode = new Set(nodeAddresses(config));
  const bind = (address: string) => {
    // An address of another interface must not be taken from it.
    if (!onNode.has(address)) addresses.push(address);
  };

  for (const { local, address, port: number } of port.endpoints) {
    if (local) add('KUBE-LOOP-BACK', `${entry(address, number)},${address}`);
  }
  add('KUBE-CLUSTER-IP', entry(port.clusterIp));
  serve(port.clusterIp, port.port, port.internalLocal);
  addresses.push(port.clusterIp);

  for (const address of port.externalIps) {
    add(port.externalLocal ? 'KUBE-EXTERNAL-IP-LOCAL' : 'KUBE-EXTERNAL-IP', entry(address));
    serve(address, port.port, port.externalLocal);
    bind(address);
  }
  const nodeAllowed = port.sourceRanges.some((range) => contains(range, config.node.address));
  for (const address of port.loadBalancerIps) {
    add('KUBE-LOAD-BALANCER', entry(address));
    if (port.externalLocal) add('KUBE-LOAD-BALANCER-LOCAL', entry(address));
    if (port.sourceRanges.length > 0) {
      add('KUBE-LOAD-BALANCER-FW', entry(address));
      for (const range of port.sourceRanges) add('KUBE-LOAD-BALANCER-SOURCE-CIDR', `${entry(address)},${networkText(range)}`);
      if (nodeAllowed) add('KUBE-LOAD-BALANCER-SOURCE-IP', `${entry(address)},${address}`);
      else refused.push(`-s ${address} -m ipvs --vaddr ${address} --vproto ${port.protocol} --vport ${port.port}`);
    }
    serve(address, port.port, port.externalLocal);
    bind(address);
  }
  const nodeIps = nodePortIps(config);
  if (port.nodePort !== 0) {
    const entries = port.protocol === 'sctp' ? nodeIps.map((ip) => entry(ip, port.nodePort)) : [String(port.nodePort)];
    const kind = port.protocol === 'sctp' ? 'SCTP-HASH' : port.protocol === 'udp' ? 'UDP' : 'TCP';
    for (const each of nodeIps.length > 0 ? entries : []) {
      add(`KUBE-NODE-PORT-${kind}`, each);
      if (port.externalLocal) add(`KUBE-NODE-PORT-LOCAL-${kind}`, each);
    }
    for (const ip of nodeIps) serve(ip, port.nodePort, port.externalLocal);
  }
  // Without a node address kube-proxy goes on to the next Service before it comes to this.
  if (port.healthCheckNodePort !== 0 && (port.nodePort === 0 || nodeIps.length > 0)) {
    add('KUBE-HEALTH-CHECK-NODE-PORT', String(port.healthCheckNodePort));
  }
  return { servers, addresses, sets, refused };
}

const serverFlag = { tcp: '-t', udp: '-u', sctp: '--sctp-service' } as const;

function serverOptions(port: ServicePort, config: ProxyConfig): string {
  const scheduler = config.scheduler ?? 'rr';
  const persistence = port.affinitySeconds === undefined ? '' : ` -p ${port.affinitySeconds}`;
  return `-s ${scheduler}${persistence}${scheduler === 'mh' ? ' -b mh-port' : ''}`;
}

/** Policy Local without a local endpoint falls back to all of them: local pods are let through (kubernetes pull request 97081). */
function endpointsFor({ usable }: ProxiedPort, local: boolean): ReadonlySet<string> {
  const endpoints: readonly Endpoint[] = local && usable.local.length > 0 ? usable.local : usable.cluster;
  return new Set(endpoints.map(({ text }) => text));
}

function nodePortIps(config: ProxyConfig): readonly string[] {
  const accepting = nodePortAddresses(config);
  return accepting.matchAll ? nodeAddresses(config) : accepting.addresses.filter((ip) => !ip.startsWith('127.'));
}
