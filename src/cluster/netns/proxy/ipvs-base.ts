import { ipvsInterface } from '../../kernel/kube-proxy-names.ts';
import { masqueradeMark, type ProxyConfig } from './config.ts';

/** kube-proxy's IPv4 sets and their types (ipsetInfo, pkg/proxy/ipvs/proxier.go). */
export const ipSets = {
  'KUBE-LOOP-BACK': 'hash:ip,port,ip',
  'KUBE-CLUSTER-IP': 'hash:ip,port',
  'KUBE-EXTERNAL-IP': 'hash:ip,port',
  'KUBE-EXTERNAL-IP-LOCAL': 'hash:ip,port',
  'KUBE-LOAD-BALANCER': 'hash:ip,port',
  'KUBE-LOAD-BALANCER-FW': 'hash:ip,port',
  'KUBE-LOAD-BALANCER-LOCAL': 'hash:ip,port',
  'KUBE-LOAD-BALANCER-SOURCE-IP': 'hash:ip,port,ip',
  'KUBE-LOAD-BALANCER-SOURCE-CIDR': 'hash:ip,port,net',
  'KUBE-NODE-PORT-TCP': 'bitmap:port',
  'KUBE-NODE-PORT-LOCAL-TCP': 'bitmap:port',
  'KUBE-NODE-PORT-UDP': 'bitmap:port',
  'KUBE-NODE-PORT-LOCAL-UDP': 'bitmap:port',
  'KUBE-NODE-PORT-SCTP-HASH': 'hash:ip,port',
  'KUBE-NODE-PORT-LOCAL-SCTP-HASH': 'hash:ip,port',
  'KUBE-HEALTH-CHECK-NODE-PORT': 'bitmap:port',
  'KUBE-IPVS-IPS': 'hash:ip',
} as const;
export type IpSet = keyof typeof ipSets;
export const ipSetNames = Object.keys(ipSets) as readonly IpSet[];

/** Lines for `ipset restore` that make the sets, which the iptables rules name. */
export const createIpSets = (): string[] =>
  Object.entries(ipSets).map(([name, type]) =>
    type === 'bitmap:port'
      ? `create ${name} ${type} range 0-65535`
      : `create ${name} ${type} family inet hashsize 1024 maxelem 65536`,
  );

/** The line for `ip -batch` that makes the interface of the Service addresses; it stays down, its addresses are local all the same. */
export const createIpvsInterface = `link add ${ipvsInterface} type dummy`;

// Where a packet goes that is in the set; the first that matches counts (ipsetWithIptablesChain).
const natMatches = [
  [
    'KUBE-LOOP-BACK',
    'KUBE-POSTROUTING',
    'dst,dst,src',
    'MASQUERADE',
    'Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose',
  ],
  ['KUBE-LOAD-BALANCER', 'KUBE-SERVICES', 'dst,dst', 'KUBE-LOAD-BALANCER', 'Kubernetes service lb portal'],
  [
    'KUBE-LOAD-BALANCER-LOCAL',
    'KUBE-LOAD-BALANCER',
    'dst,dst',
    'RETURN',
    'Kubernetes service load balancer ip + port with externalTrafficPolicy=local',
  ],
  [
    'KUBE-NODE-PORT-LOCAL-TCP',
    'KUBE-NODE-PORT -p tcp',
    'dst',
    'RETURN',
    'Kubernetes nodeport TCP port with externalTrafficPolicy=local',
  ],
  ['KUBE-NODE-PORT-TCP', 'KUBE-NODE-PORT -p tcp', 'dst', 'KUBE-MARK-MASQ', 'Kubernetes nodeport TCP port for masquerade purpose'],
  [
    'KUBE-NODE-PORT-LOCAL-UDP',
    'KUBE-NODE-PORT -p udp',
    'dst',
    'RETURN',
    'Kubernetes nodeport UDP port with externalTrafficPolicy=local',
  ],
  ['KUBE-NODE-PORT-UDP', 'KUBE-NODE-PORT -p udp', 'dst', 'KUBE-MARK-MASQ', 'Kubernetes nodeport UDP port for masquerade purpose'],
  [
    'KUBE-NODE-PORT-LOCAL-SCTP-HASH',
    'KUBE-NODE-PORT -p sctp',
    'dst,dst',
    'RETURN',
    "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type 'hash ip:port'",
  ],
  [
    'KUBE-NODE-PORT-SCTP-HASH',
    'KUBE-NODE-PORT -p sctp',
    'dst,dst',
    'KUBE-MARK-MASQ',
    "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'",
  ],
] as const;
const filterMatches = [
  [
    'KUBE-LOAD-BALANCER-FW',
    'KUBE-PROXY-FIREWALL',
    'dst,dst',
    'KUBE-SOURCE-RANGES-FIREWALL',
    'Kubernetes service load balancer ip + port for load balancer with sourceRange',
  ],
  [
    'KUBE-LOAD-BALANCER-SOURCE-CIDR',
    'KUBE-SOURCE-RANGES-FIREWALL',
    'dst,dst,src',
    'RETURN',
    'Kubernetes service load balancer ip + port + source cidr for packet filter purpose',
  ],
  [
    'KUBE-LOAD-BALANCER-SOURCE-IP',
    'KUBE-SOURCE-RANGES-FIREWALL',
    'dst,dst,src',
    'RETURN',
    'Kubernetes service load balancer ip + port + source IP for packet filter purpose',
  ],
] as const;

const natChains = ['KUBE-SERVICES', 'KUBE-POSTROUTING', 'KUBE-NODE-PORT', 'KUBE-LOAD-BALANCER', 'KUBE-MARK-MASQ'];
const filterChains = [
  'KUBE-FORWARD',
  'KUBE-NODE-PORT',
  'KUBE-PROXY-FIREWALL',
  'KUBE-SOURCE-RANGES-FIREWALL',
  'KUBE-IPVS-FILTER',
  'KUBE-IPVS-OUT-FILTER',
];

const jump = (from: string, to: string, comment: string) => `-I ${from} -m comment --comment "${comment}" -j ${to}`;
// Each is put in front of what is there, so the last one comes to stand first (iptablesJumpChain, EnsureRule with Prepend).
const natJumps = [
  jump('OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals'),
  jump('PREROUTING', 'KUBE-SERVICES', 'kubernetes service portals'),
  jump('POSTROUTING', 'KUBE-POSTROUTING', 'kubernetes postrouting rules'),
];
const filterJumps = [
  jump('FORWARD', 'KUBE-FORWARD', 'kubernetes forwarding rules'),
  jump('INPUT', 'KUBE-NODE-PORT', 'kubernetes health check rules'),
  jump('INPUT', 'KUBE-PROXY-FIREWALL', 'kube-proxy firewall rules'),
  jump('FORWARD', 'KUBE-PROXY-FIREWALL', 'kube-proxy firewall rules'),
  jump('INPUT', 'KUBE-IPVS-FILTER', 'kubernetes ipvs access filter'),
  jump('OUTPUT', 'KUBE-IPVS-OUT-FILTER', 'kubernetes ipvs access filter'),
];

/**
 * The iptables rules around IPVS as `iptables-restore --noflush` text (writeIptablesRules, pkg/proxy/ipvs/proxier.go): few, whatever the
 * number of Services, because they ask the sets. `used` are the sets that have entries; `link` adds the jumps from the built-in chains.
 */
export function ipvsIptables(config: ProxyConfig, used: ReadonlySet<IpSet>, refused: readonly string[], link: boolean): string {
  const mark = masqueradeMark(config);
  const rulesOf = (matches: typeof natMatches | typeof filterMatches) =>
    matches
      .filter(([set]) => used.has(set))
      .map(
        ([set, from, directions, to, comment]) =>
          `-A ${from} -m comment --comment "${comment}" ${inSet(set, directions)} -j ${to}`,
      );
  return [
    '*nat',
    ...natChains.map(chainLine),
    ...(link ? natJumps : []),
    '-A KUBE-SERVICES -s 127.0.0.0/8 -j RETURN',
    ...rulesOf(natMatches),
    ...(used.has('KUBE-CLUSTER-IP') ? [clusterIpRule(config)] : []),
    ...(used.has('KUBE-EXTERNAL-IP') ? [`${externalIp} -j KUBE-MARK-MASQ`, ...externalIpRules(externalIp)] : []),
    ...(used.has('KUBE-EXTERNAL-IP-LOCAL') ? externalIpRules(externalIpLocal) : []),
    '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT',
    '-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ',
    // Accepted here, so that no later rule of others stands in the way of IPVS.
    ...(['KUBE-CLUSTER-IP', 'KUBE-LOAD-BALANCER'] as const)
      .filter((set) => used.has(set))
      .map((set) => `-A KUBE-SERVICES ${inSet(set, 'dst,dst')} -j ACCEPT`),
    `-A KUBE-POSTROUTING -m mark ! --mark ${mark}/${mark} -j RETURN`,
    `-A KUBE-POSTROUTING -j MARK --xor-mark ${mark}`,
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    `-A KUBE-MARK-MASQ -j MARK --or-mark ${mark}`,
    'COMMIT',
    '*filter',
    ...filterChains.map(chainLine),
    ...(link ? filterJumps : []),
    ...rulesOf(filterMatches),
    '-A KUBE-SOURCE-RANGES-FIREWALL -j DROP',
    ...refused.map((match) => `-A KUBE-IPVS-OUT-FILTER ${match} -j DROP`),
    `-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark ${mark}/${mark} -j ACCEPT`,
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    `-A KUBE-NODE-PORT -m comment --comment "Kubernetes health check node port" ${inSet('KUBE-HEALTH-CHECK-NODE-PORT', 'dst')} -j ACCEPT`,
    // The node's own ports must not answer on Service addresses (kubernetes issue 72236).
    ...(['KUBE-LOAD-BALANCER', 'KUBE-CLUSTER-IP', 'KUBE-EXTERNAL-IP', 'KUBE-EXTERNAL-IP-LOCAL'] as const).map(
      (set) => `-A KUBE-IPVS-FILTER ${inSet(set, 'dst,dst')} -j RETURN`,
    ),
    `-A KUBE-IPVS-FILTER ${inSet('KUBE-HEALTH-CHECK-NODE-PORT', 'dst')} -j RETURN`,
    `-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW ${inSet('KUBE-IPVS-IPS', 'dst')} -j REJECT`,
    'COMMIT',
    '',
  ].join('\n');
}

const chainLine = (chain: string): string => `:${chain} - [0:0]`;
const inSet = (set: IpSet, directions: string): string => `-m set --match-set ${set} ${directions}`;

function clusterIpRule(config: ProxyConfig): string {
  const rule = '-A KUBE-SERVICES -m comment --comment "Kubernetes service cluster ip + port for masquerade purpose"';
  if (config.masqueradeAll) return `${rule} ${inSet('KUBE-CLUSTER-IP', 'dst,dst')} -j KUBE-MARK-MASQ`;
  if (config.clusterCidr) return `${rule} ${inSet('KUBE-CLUSTER-IP', 'dst,dst')} ! -s ${config.clusterCidr} -j KUBE-MARK-MASQ`;
  // The node chooses a Service address as its source towards another, since all stand on kube-ipvs0.
  return `${rule} ${inSet('KUBE-CLUSTER-IP', 'src,dst')} -j KUBE-MARK-MASQ`;
}

const externalIp = `-A KUBE-SERVICES -m comment --comment "Kubernetes service external ip + port for masquerade and filter purpose" ${inSet('KUBE-EXTERNAL-IP', 'dst,dst')}`;
const externalIpLocal = `-A KUBE-SERVICES -m comment --comment "Kubernetes service external ip + port with externalTrafficPolicy=local" ${inSet('KUBE-EXTERNAL-IP-LOCAL', 'dst,dst')}`;
/** From other machines, and to addresses that are local to the node. */
const externalIpRules = (rule: string): string[] => [
  `${rule} -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT`,
  `${rule} -m addrtype --dst-type LOCAL -j ACCEPT`,
];
