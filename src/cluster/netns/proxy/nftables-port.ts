import { contains, networkText } from '../../addresses/ipv4-network.ts';
import { nftablesChains, nftablesEndpoint } from '../../kernel/kube-proxy-names.ts';
import type { ProxyConfig } from './config.ts';
import type { Endpoint } from './endpoints.ts';
import type { ProxiedPort } from './service-map.ts';
import { routesOf } from './usable-endpoints.ts';

/** Sets and maps of the table, to which Service ports add elements. */
export const elementContainers = [
  'cluster-ips',
  'service-ips',
  'firewall-ips',
  'no-endpoint-services',
  'no-endpoint-nodeports',
  'service-nodeports',
] as const;
export type ElementContainer = (typeof elementContainers)[number];

/** The nftables objects of one Service port. */
export interface NftablesPort {
  /** Names of its own chains. */
  readonly chains: readonly string[];
  /** Names of its sets of clients with affinity, and how many seconds they are remembered. */
  readonly affinitySets: ReadonlyMap<string, number>;
  /** "chain rule" each. */
  readonly rules: readonly string[];
  /** In each set or map: key, and what follows it (nothing in a set). */
  readonly elements: ReadonlyMap<ElementContainer, ReadonlyMap<string, string>>;
}

/** Makes the objects of one Service port (the loop of syncProxyRules, pkg/proxy/nftables/proxier.go). */
export function nftablesPort(port: ProxiedPort, config: ProxyConfig): NftablesPort {
  const { usable } = port;
  const routes = routesOf(port, usable);
  const chains = nftablesChains(port.id);
  const internalChain = routes.internalLocal ? chains.local : chains.service;
  const usesFirewall = port.loadBalancerIps.length > 0 && port.sourceRanges.length > 0;
  const names = new Map(usable.reachable.map((endpoint) => [endpoint, nftablesEndpoint(port.id, endpoint.text)]));

  const rules: string[] = [];
  const own = [...names.values()].map(({ chain }) => chain);
  if (usable.cluster.length > 0) own.push(chains.service);
  if (usable.local.length > 0) own.push(chains.local);
  if (routes.usesExternalChain) own.push(chains.external);
  if (usesFirewall) own.push(chains.firewall);

  if (routes.hasInternal) rules.push(...internalRules(port, internalChain, config));
  if (routes.usesExternalChain) rules.push(...externalRules(port, chains, config));
  if (usesFirewall) rules.push(firewallRule(port, chains.firewall, config));
  if (usable.cluster.length > 0) rules.push(...spread(port, chains.service, usable.cluster, names));
  if (usable.local.length > 0) rules.push(...spread(port, chains.local, usable.local, names));
  for (const [endpoint, name] of names) rules.push(...endpointRules(port, endpoint, name));

  const sticky = port.affinitySeconds;
  const affinitySets = new Map(sticky === undefined ? [] : [...names.values()].map(({ affinitySet }) => [affinitySet, sticky]));
  return { chains: own, affinitySets, rules, elements: elementsOf(port, chains, internalChain, usesFirewall) };
}

type Chains = ReturnType<typeof nftablesChains>;
type EndpointNames = ReadonlyMap<Endpoint, ReturnType<typeof nftablesEndpoint>>;

function elementsOf(port: ProxiedPort, chains: Chains, internalChain: string, usesFirewall: boolean): NftablesPort['elements'] {
  const elements = new Map<ElementContainer, Map<string, string>>();
  const add = (container: ElementContainer, key: string, rest = '') => {
    const entries = elements.get(container);
    if (entries) entries.set(key, rest);
    else elements.set(container, new Map([[key, rest]]));
  };
  const { any } = port.usable;
  const routes = routesOf(port, port.usable);
  const key = (address: string) => `${address} . ${port.protocol} . ${port.port}`;
  // Rejected where a Service has no endpoint anywhere, dropped where only this node has none for policy Local.
  const refusal = ` comment "${port.name}" : ${any ? 'drop' : 'goto reject-chain'}`;

  add('cluster-ips', port.clusterIp);
  if (routes.hasInternal) add('service-ips', key(port.clusterIp), ` : goto ${internalChain}`);
  else add('no-endpoint-services', key(port.clusterIp), refusal);
  for (const address of [...port.externalIps, ...port.loadBalancerIps]) {
    if (any) add('service-ips', key(address), ` : goto ${chains.external}`);
    if (!routes.hasExternal) add('no-endpoint-services', key(address), refusal);
  }
  if (usesFirewall) for (const address of port.loadBalancerIps) add('firewall-ips', key(address), ` : goto ${chains.firewall}`);
  if (port.nodePort !== 0) {
    const nodeKey = `${port.protocol} . ${port.nodePort}`;
    if (any) add('service-nodeports', nodeKey, ` : goto ${chains.external}`);
    if (!routes.hasExternal) add('no-endpoint-nodeports', nodeKey, refusal);
  }
  return elements;
}

/** Masquerades what does not come from pods: it may leave for another node. */
function internalRules(port: ProxiedPort, chain: string, config: ProxyConfig): string[] {
  const rule = `${chain} ip daddr ${port.clusterIp}`;
  if (config.masqueradeAll) return [`${rule} jump mark-for-masquerade`];
  return config.clusterCidr ? [`${rule} ip saddr != ${config.clusterCidr} jump mark-for-masquerade`] : [];
}

function externalRules(port: ProxiedPort, chains: Chains, config: ProxyConfig): string[] {
  const { external, service, local } = chains;
  if (!port.externalLocal) return [`${external} jump mark-for-masquerade`, `${external} goto ${service}`];
  // Pods and the node itself reach every endpoint, as if the traffic had gone out to a load balancer and come back.
  const fromPods = `${external} ip saddr ${config.clusterCidr} goto ${service} comment "short-circuit pod traffic"`;
  return [
    ...(config.clusterCidr ? [fromPods] : []),
    `${external} fib saddr type local jump mark-for-masquerade comment "masquerade local traffic"`,
    `${external} fib saddr type local goto ${service} comment "short-circuit local traffic"`,
    ...(port.usable.local.length > 0 ? [`${external} goto ${local}`] : []),
  ];
}

function firewallRule(port: ProxiedPort, chain: string, config: ProxyConfig): string {
  const nodeAllowed = port.sourceRanges.some((range) => contains(range, config.node.address));
  // Where the address stands on the node too, the node's own requests to it have it as their source.
  const sources = [...port.sourceRanges.map(networkText), ...(nodeAllowed ? port.loadBalancerIps : [])];
  return `${chain} ip saddr != { ${sources.join(' , ')} } drop`;
}

/** From a service chain to the chains of its endpoints: first to whom the client had before, then by chance. */
function spread(port: ProxiedPort, chain: string, endpoints: readonly Endpoint[], names: EndpointNames): string[] {
  const goto = (endpoint: Endpoint) => `goto ${names.get(endpoint)!.chain}`;
  const remembered =
    port.affinitySeconds === undefined
      ? []
      : endpoints.map((endpoint) => `${chain} ip saddr @${names.get(endpoint)!.affinitySet} ${goto(endpoint)}`);
  const targets = endpoints.map((endpoint, index) => `${index} : ${goto(endpoint)}`);
  return [...remembered, `${chain} numgen random mod ${endpoints.length} vmap { ${targets.join(' , ')} }`];
}

function endpointRules(
  port: ProxiedPort,
  endpoint: Endpoint,
  { chain, affinitySet }: ReturnType<typeof nftablesEndpoint>,
): string[] {
  return [
    // Hairpin: a pod that reaches itself must see another source than itself.
    `${chain} ip saddr ${endpoint.address} jump mark-for-masquerade`,
    ...(port.affinitySeconds === undefined ? [] : [`${chain} update @${affinitySet} { ip saddr }`]),
    `${chain} meta l4proto ${port.protocol} dnat to ${endpoint.text}`,
  ];
}
