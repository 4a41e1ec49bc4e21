import { contains, networkText } from '../../addresses/ipv4-network.ts';
import { iptablesChains, iptablesEndpointChain } from '../../kernel/kube-proxy-names.ts';
import type { ProxyConfig } from './config.ts';
import type { Endpoint } from './endpoints.ts';
import type { ProxiedPort } from './service-map.ts';
import { routesOf } from './usable-endpoints.ts';

/** The iptables rules of one Service port, as lines without line ends. */
export interface IptablesPort {
  /** Table filter: KUBE-SERVICES, KUBE-EXTERNAL-SERVICES, KUBE-PROXY-FIREWALL, KUBE-NODEPORTS. */
  readonly filter: readonly string[];
  /** Table nat: what leads from KUBE-SERVICES and KUBE-NODEPORTS to the port's own chains. */
  readonly dispatch: readonly string[];
  /** Table nat: the port's own chains, and the rules in them. */
  readonly chains: readonly string[];
  readonly rules: readonly string[];
}

/**
 * Makes the rules of one Service port, in kube-proxy's order (the loop of syncProxyRules, pkg/proxy/iptables/proxier.go).
 * `largeCluster` leaves out the comments of rules about endpoints.
 */
export function iptablesPort(port: ProxiedPort, config: ProxyConfig, largeCluster: boolean): IptablesPort {
  const { usable } = port;
  const routes = routesOf(port, usable);
  const chains = iptablesChains(port.id);
  const internalChain = routes.internalLocal ? chains.local : chains.service;
  const usesFirewall = usable.any && port.loadBalancerIps.length > 0 && port.sourceRanges.length > 0;
  const match = `-m ${port.protocol} -p ${port.protocol}`;
  const to = (address: string) => `${match} -d ${address} --dport ${port.port}`;

  const own: OwnChains = { chains: [], rules: [] };
  if (routes.hasInternal) internalRules(port, internalChain, config, own);
  if (routes.usesExternalChain) externalRules(port, chains, config, own);
  if (usesFirewall) firewallRules(port, chains, config, own);
  const sep = new Map(usable.reachable.map((endpoint) => [endpoint, iptablesEndpointChain(port.id, endpoint.text)]));
  if (usable.cluster.length > 0) spread(port, chains.service, usable.cluster, sep, largeCluster, own);
  if (usable.local.length > 0) spread(port, chains.local, usable.local, sep, largeCluster, own);
  for (const [endpoint, chain] of sep) endpointRules(port, chain, endpoint, largeCluster, own);

  const filter: string[] = [];
  const dispatch: string[] = [];
  const clusterIp = to(port.clusterIp);
  const refusal = refusalOf(port);
  if (routes.hasInternal) {
    dispatch.push(`-A KUBE-SERVICES ${comment(`${port.name} cluster IP`)} ${clusterIp} -j ${internalChain}`);
  } else {
    filter.push(`-A KUBE-SERVICES ${refusal.comment} ${clusterIp} -j ${refusal.target}`);
  }
  for (const address of port.externalIps) {
    if (usable.any) {
      const why = comment(`${port.name} external IP`);
      dispatch.push(`-A KUBE-SERVICES ${why} ${to(address)} -j ${chains.external}`);
    }
    if (!routes.hasExternal) {
      filter.push(`-A KUBE-EXTERNAL-SERVICES ${refusal.comment} ${to(address)} -j ${refusal.target}`);
    }
  }
  for (const address of port.loadBalancerIps) {
    if (usable.any) {
      const why = comment(`${port.name} loadbalancer IP`);
      const chain = usesFirewall ? chains.firewall : chains.external;
      dispatch.push(`-A KUBE-SERVICES ${why} ${to(address)} -j ${chain}`);
    }
    if (usesFirewall) {
      const why = comment(`${port.name} traffic not accepted by ${chains.firewall}`);
      filter.push(`-A KUBE-PROXY-FIREWALL ${why} ${to(address)} -j DROP`);
    }
  }
  if (!routes.hasExternal) {
    for (const address of port.loadBalancerIps) {
      filter.push(`-A KUBE-EXTERNAL-SERVICES ${refusal.comment} ${to(address)} -j ${refusal.target}`);
    }
  }
  if (port.nodePort !== 0) {
    const dport = `--dport ${port.nodePort}`;
    if (usable.any) {
      const why = `-A KUBE-NODEPORTS -m comment --comment ${port.name} ${match}`;
      if (config.nfacct && config.localhostNodePorts) {
        const counted = '-m nfacct --nfacct-name localhost_nps_accepted_pkts';
        dispatch.push(`${why} -d 127.0.0.0/8 ${dport} ${counted} -j ${chains.external}`);
      }
      dispatch.push(`${why} ${dport} -j ${chains.external}`);
    }
    if (!routes.hasExternal) {
      const local = '-m addrtype --dst-type LOCAL';
      filter.push(`-A KUBE-EXTERNAL-SERVICES ${refusal.comment} ${local} ${match} ${dport} -j ${refusal.target}`);
    }
  }
  if (port.healthCheckNodePort !== 0) {
    const why = comment(`${port.name} health check node port`);
    filter.push(`-A KUBE-NODEPORTS ${why} -m tcp -p tcp --dport ${port.healthCheckNodePort} -j ACCEPT`);
  }
  return { filter, dispatch, chains: own.chains, rules: own.rules };
}

type Chains = ReturnType<typeof iptablesChains>;
interface OwnChains {
  readonly chains: string[];
  readonly rules: string[];
}

const comment = (text: string): string => `-m comment --comment "${text}"`;

/** Traffic is rejected where a Service has no endpoint anywhere, and dropped where only this node has none for policy Local. */
const refusalOf = ({ name, usable }: ProxiedPort): { target: string; comment: string } =>
  usable.any
    ? { target: 'DROP', comment: comment(`${name} has no local endpoints`) }
    : { target: 'REJECT', comment: comment(`${name} has no endpoints`) };

/** Masquerades what does not come from pods: it may leave for another node. */
function internalRules(port: ProxiedPort, chain: string, config: ProxyConfig, { rules }: OwnChains): void {
  const match = `-m ${port.protocol} -p ${port.protocol} -d ${port.clusterIp} --dport ${port.port}`;
  const rule = `-A ${chain} ${comment(`${port.name} cluster IP`)} ${match}`;
  if (config.masqueradeAll) rules.push(`${rule} -j KUBE-MARK-MASQ`);
  else if (config.clusterCidr) rules.push(`${rule} ! -s ${config.clusterCidr} -j KUBE-MARK-MASQ`);
}

function externalRules(port: ProxiedPort, chains: Chains, config: ProxyConfig, { chains: own, rules }: OwnChains): void {
  const add = `-A ${chains.external}`;
  own.push(chains.external);
  if (port.externalLocal) {
    // Pods and the node itself reach every endpoint, as if the traffic had gone out to a load balancer and come back.
    const towards = `for ${port.name} external destinations`;
    const fromNode = '-m addrtype --src-type LOCAL';
    if (config.clusterCidr) {
      rules.push(`${add} ${comment(`pod traffic ${towards}`)} -s ${config.clusterCidr} -j ${chains.service}`);
    }
    rules.push(`${add} ${comment(`masquerade LOCAL traffic ${towards}`)} ${fromNode} -j KUBE-MARK-MASQ`);
    rules.push(`${add} ${comment(`route LOCAL traffic ${towards}`)} ${fromNode} -j ${chains.service}`);
    if (port.usable.local.length > 0) rules.push(`${add} -j ${chains.local}`);
  } else {
    rules.push(`${add} ${comment(`masquerade traffic for ${port.name} external destinations`)} -j KUBE-MARK-MASQ`);
    rules.push(`${add} -j ${chains.service}`);
  }
}

function firewallRules(port: ProxiedPort, chains: Chains, config: ProxyConfig, { chains: own, rules }: OwnChains): void {
  const rule = `-A ${chains.firewall} ${comment(`${port.name} loadbalancer IP`)}`;
  const nodeAllowed = port.sourceRanges.some((range) => contains(range, config.node.address));
  // Where the address stands on the node too, the node's own requests to it have it as their source.
  const sources = [...port.sourceRanges.map(networkText), ...(nodeAllowed ? port.loadBalancerIps : [])];
  own.push(chains.firewall);
  for (const source of sources) rules.push(`${rule} -s ${source} -j ${chains.external}`);
  rules.push(`-A ${chains.firewall} ${comment(`other traffic to ${port.name} will be dropped by KUBE-PROXY-FIREWALL`)}`);
}

/** From a service chain to the chains of its endpoints: first to whom the client had before, then by chance. */
function spread(
  port: ProxiedPort,
  chain: string,
  endpoints: readonly Endpoint[],
  sep: ReadonlyMap<Endpoint, string>,
  largeCluster: boolean,
  { chains, rules }: OwnChains,
): void {
  chains.push(chain);
  const start = (endpoint: Endpoint) =>
    largeCluster ? `-A ${chain}` : `-A ${chain} ${comment(`${port.name} -> ${endpoint.text}`)}`;
  if (port.affinitySeconds !== undefined) {
    for (const endpoint of endpoints) {
      const recent = `-m recent --name ${sep.get(endpoint)} --rcheck --seconds ${port.affinitySeconds} --reap`;
      rules.push(`${start(endpoint)} ${recent} -j ${sep.get(endpoint)}`);
    }
  }
  endpoints.forEach((endpoint, index) => {
    const left = endpoints.length - index;
    const chance = left > 1 ? ` -m statistic --mode random --probability ${probability(left)}` : '';
    rules.push(`${start(endpoint)}${chance} -j ${sep.get(endpoint)}`);
  });
}

function endpointRules(
  port: ProxiedPort,
  chain: string,
  endpoint: Endpoint,
  largeCluster: boolean,
  { chains, rules }: OwnChains,
): void {
  const start = largeCluster ? `-A ${chain}` : `-A ${chain} -m comment --comment ${port.name}`;
  const remember = port.affinitySeconds === undefined ? '' : ` -m recent --name ${chain} --set`;
  chains.push(chain);
  // Hairpin: a pod that reaches itself must see another source than itself.
  rules.push(`${start} -s ${endpoint.address} -j KUBE-MARK-MASQ`);
  rules.push(`${start}${remember} -m ${port.protocol} -p ${port.protocol} -j DNAT --to-destination ${endpoint.text}`);
}

const probabilities: string[] = [];
/** "0.3333333333" for 3. */
const probability = (n: number): string => {
  probabilities[n] ??= (1 / n).toFixed(10);
  return probabilities[n];
};
