import { nftablesTable } from '../../kernel/kube-proxy-names.ts';
import { masqueradeMark, nodePortAddresses, type ProxyConfig } from './config.ts';

const table = `ip ${nftablesTable}`;

// Name, type, hook, priority (nftablesBaseChains); the pre-dnat ones see addresses as they were before the nat chains.
const baseChains = [
  ['filter-prerouting-pre-dnat', 'filter', 'prerouting', -110],
  ['filter-output-pre-dnat', 'filter', 'output', -110],
  ['filter-input', 'filter', 'input', 0],
  ['filter-forward', 'filter', 'forward', 0],
  ['filter-output', 'filter', 'output', 0],
  ['nat-prerouting', 'nat', 'prerouting', -100],
  ['nat-output', 'nat', 'output', -100],
  ['nat-postrouting', 'nat', 'postrouting', 100],
] as const;

// "From chain" and the rule that leads on, in order (nftablesJumpChains).
const jumps = [
  ['filter-input', 'ct state new jump nodeport-endpoints-check'],
  ['filter-input', 'ct state new jump service-endpoints-check'],
  ['filter-forward', 'ct state new jump service-endpoints-check'],
  ['filter-output', 'ct state new jump service-endpoints-check'],
  ['filter-prerouting-pre-dnat', 'ct state new jump firewall-check'],
  ['filter-output-pre-dnat', 'ct state new jump firewall-check'],
  ['nat-output', 'jump services'],
  ['nat-prerouting', 'jump services'],
  ['nat-postrouting', 'jump masquerading'],
  ['filter-forward', 'ct state new jump cluster-ips-check'],
  ['filter-output', 'ct state new jump cluster-ips-check'],
] as const;

const chains = [
  'nodeport-endpoints-check',
  'service-endpoints-check',
  'firewall-check',
  'services',
  'masquerading',
  'cluster-ips-check',
  'mark-for-masquerade',
];

const address = 'ipv4_addr . inet_proto . inet_service : verdict';
const port = 'inet_proto . inet_service : verdict';
const maps = [
  ['no-endpoint-services', address, 'vmap to drop or reject packets to services with no endpoints'],
  ['no-endpoint-nodeports', port, 'vmap to drop or reject packets to service nodeports with no endpoints'],
  ['firewall-ips', address, 'destinations that are subject to LoadBalancerSourceRanges'],
  ['service-ips', address, 'ClusterIP, ExternalIP and LoadBalancer IP traffic'],
  ['service-nodeports', port, 'NodePort traffic'],
] as const;

/**
 * Lines that make the table, its base chains and everything else that belongs to no Service (setupNFTables,
 * pkg/proxy/nftables/proxier.go). Run again they renew the rules and leave elements alone; `first` also renews the base chains.
 */
export function nftablesBase(config: ProxyConfig, first: boolean): string[] {
  const mark = masqueradeMark(config);
  const accepting = nodePortAddresses(config, ['primary']);
  const nodePortIps = accepting.addresses.filter((ip) => !ip.startsWith('127.'));
  const toNode = accepting.matchAll ? 'ip daddr != 127.0.0.0/8' : 'ip daddr @nodeport-ips';
  const rule = (chain: string, text: string) => `add rule ${table} ${chain} ${text}`;
  const byAddress = 'ip daddr . meta l4proto . th dport vmap';
  const byPort = `${toNode} meta l4proto . th dport vmap`;
  return [
    `add table ${table} { comment "rules for kube-proxy" ; }`,
    // An existing base chain of another priority would fail the transaction.
    ...(first ? baseChains.flatMap(([name]) => [`add chain ${table} ${name}`, `delete chain ${table} ${name}`]) : []),
    ...baseChains.flatMap(([name, type, hook, priority]) => [
      `add chain ${table} ${name} { type ${type} hook ${hook} priority ${priority} ; }`,
      `flush chain ${table} ${name}`,
    ]),
    ...chains.flatMap((name) => [`add chain ${table} ${name}`, `flush chain ${table} ${name}`]),
    ...jumps.map(([from, text]) => rule(from, text)),
    rule('mark-for-masquerade', `mark set mark or ${mark}`),
    rule('masquerading', `mark and ${mark} == 0 return`),
    rule('masquerading', `mark set mark xor ${mark}`),
    rule('masquerading', 'masquerade fully-random'),
    `add set ${table} cluster-ips { type ipv4_addr ; comment "Active ClusterIPs" ; }`,
    rule('cluster-ips-check', 'ip daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"'),
    ...(config.serviceCidrs?.length
      ? [
          rule(
            'cluster-ips-check',
            `ip daddr { ${config.serviceCidrs.join(',')} } drop comment "Drop traffic to unallocated ClusterIPs"`,
          ),
        ]
      : []),
    `add set ${table} nodeport-ips { type ipv4_addr ; comment "IPs that accept NodePort traffic" ; }`,
    ...(accepting.matchAll
      ? [`delete set ${table} nodeport-ips`]
      : [`flush set ${table} nodeport-ips`, ...nodePortIps.map((ip) => `add element ${table} nodeport-ips { ${ip} }`)]),
    ...maps.map(([name, type, comment]) => `add map ${table} ${name} { type ${type} ; comment "${comment}" ; }`),
    `add chain ${table} reject-chain { comment "helper for @no-endpoint-services / @no-endpoint-nodeports" ; }`,
    `flush chain ${table} reject-chain`,
    rule('reject-chain', 'reject'),
    rule('service-endpoints-check', `${byAddress} @no-endpoint-services`),
    rule('nodeport-endpoints-check', `${byPort} @no-endpoint-nodeports`),
    rule('firewall-check', `${byAddress} @firewall-ips`),
    rule('services', `${byAddress} @service-ips`),
    rule('services', `${accepting.matchAll ? 'fib daddr type local ' : ''}${byPort} @service-nodeports`),
  ];
}
