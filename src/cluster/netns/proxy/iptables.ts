import { inBatches, iptablesLineBytes } from './batches.ts';
import { masqueradeMark, nodePortAddresses, type ProxyConfig } from './config.ts';
import { type IptablesPort, iptablesPort } from './iptables-port.ts';
import type { Proxier, RuleProgram } from './program.ts';
import { createServiceMap, type ProxiedPort } from './service-map.ts';

/** More endpoints than this, and kube-proxy leaves out the comments of rules about endpoints. */
const largeClusterEndpoints = 1000;

/** The text of one Service's rules; kept, because every sync writes the first two again. */
interface ServiceText {
  readonly filter: string;
  readonly dispatch: string;
  readonly chains: readonly string[];
  readonly rules: string;
}

/**
 * kube-proxy's mode iptables in IPv4 (pkg/proxy/iptables/proxier.go): a full sync writes everything, a partial one the top-level chains
 * and the own chains of changed Services. Services stand in the order in which they came. Chains that are no longer used are deleted at
 * once, where kube-proxy with more than 1,000 endpoints may wait for half a minute.
 */
export function createIptablesProxier(given: ProxyConfig): Proxier {
  const addresses = nodePortAddresses(given);
  const config = { ...given, localhostNodePorts: (given.localhostNodePorts ?? true) && addresses.containsLoopback };
  const map = createServiceMap(config.node);
  const texts = new Map<string, ServiceText>();
  let linked = false;

  const restore = (changed: ReadonlySet<string>, full: boolean): readonly RuleProgram[] => {
    const large = map.endpointCount() > largeClusterEndpoints;
    const stale = new Set<string>();
    if (full) {
      for (const { chains } of texts.values()) for (const chain of chains) stale.add(chain);
      texts.clear();
    }
    for (const key of changed) {
      for (const chain of texts.get(key)?.chains ?? []) stale.add(chain);
      const ports = map.portsOf(key);
      if (ports.length > 0) texts.set(key, serviceText(ports, config, large));
      else texts.delete(key);
    }
    const chains: string[] = [];
    const rules: string[] = [];
    for (const key of changed) {
      const text = texts.get(key);
      if (!text) continue;
      for (const chain of text.chains) {
        stale.delete(chain);
        chains.push(chainLine(chain));
      }
      if (text.rules) rules.push(text.rules);
    }
    for (const chain of stale) {
      chains.push(chainLine(chain));
      rules.push(`-X ${chain}`);
    }
    const filter: string[] = [];
    const dispatch: string[] = [];
    for (const text of texts.values()) {
      if (text.filter) filter.push(text.filter);
      if (text.dispatch) dispatch.push(text.dispatch);
    }
    const link = full && !linked;
    linked ||= full;
    const { batchBytes } = config;
    const input = [
      link ? section('mangle', [chainLine('KUBE-PROXY-CANARY')], batchBytes) : '',
      section('filter', [...filterTop(config, link), ...filter, ...forwardRules(config)], batchBytes),
      section(
        'nat',
        [
          // This keeps iptables-nft 1.8.9 from sorting every chain into a list as it comes: 10,000 Services in 2 s and not in 2 minutes.
          ...(link && batchBytes === undefined ? ['-Z'] : []),
          ...natTop(config, link),
          ...chains,
          ...dispatch,
          ...rules,
          ...nodePortRules(config, addresses),
        ],
        batchBytes,
      ),
    ].join('');
    return [{ argv: ['iptables-restore', '--noflush', '--counters'], input }];
  };

  return {
    replace: (objects) => restore(map.replace(objects), true),
    apply(change) {
      const changed = map.apply(change);
      return changed.size > 0 ? restore(changed, false) : [];
    },
    sweep: () => [],
  };
}

/** One table, committed at once, or in batches. `lines` may hold several lines each. */
function section(table: string, lines: readonly string[], bytes: number | undefined): string {
  const single = bytes === undefined ? lines : lines.flatMap((text) => text.split('\n'));
  return inBatches(single, iptablesLineBytes, bytes)
    .map((batch) => `*${table}\n${batch.join('\n')}\nCOMMIT\n`)
    .join('');
}

function serviceText(ports: readonly ProxiedPort[], config: ProxyConfig, large: boolean): ServiceText {
  const made = ports.map((port) => iptablesPort(port, config, large));
  const all = (part: keyof IptablesPort) => (made.length === 1 ? made[0]![part] : made.flatMap((port) => port[part]));
  return {
    filter: all('filter').join('\n'),
    dispatch: all('dispatch').join('\n'),
    chains: all('chains'),
    rules: all('rules').join('\n'),
  };
}

const chainLine = (chain: string): string => `:${chain} - [0:0]`;
const newOnly = '-m conntrack --ctstate NEW ';
const jump = (from: string, to: string, comment: string, match = '') =>
  `-I ${from} ${match}-m comment --comment "${comment}" -j ${to}`;

// Each is put in front of what is there, so the last one comes to stand first (iptablesJumpChains, EnsureRule with Prepend).
const filterJumps = [
  jump('INPUT', 'KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', newOnly),
  jump('FORWARD', 'KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', newOnly),
  jump('INPUT', 'KUBE-NODEPORTS', 'kubernetes health check service ports'),
  jump('FORWARD', 'KUBE-SERVICES', 'kubernetes service portals', newOnly),
  jump('OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals', newOnly),
  jump('FORWARD', 'KUBE-FORWARD', 'kubernetes forwarding rules'),
  jump('INPUT', 'KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', newOnly),
  jump('OUTPUT', 'KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', newOnly),
  jump('FORWARD', 'KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', newOnly),
  '-I INPUT -j KUBE-FIREWALL',
  '-I OUTPUT -j KUBE-FIREWALL',
];
const natJumps = [
  jump('OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals'),
  jump('PREROUTING', 'KUBE-SERVICES', 'kubernetes service portals'),
  jump('POSTROUTING', 'KUBE-POSTROUTING', 'kubernetes postrouting rules'),
];

function filterTop(config: ProxyConfig, link: boolean): string[] {
  const chains = ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-FORWARD', 'KUBE-NODEPORTS', 'KUBE-PROXY-FIREWALL'];
  if (link || config.localhostNodePorts) chains.push('KUBE-FIREWALL');
  if (link) chains.push('KUBE-PROXY-CANARY');
  // With route_localnet on, 127.0.0.0/8 of the node would be open to its neighbours (kubernetes issue 90259).
  const martians =
    '-A KUBE-FIREWALL -m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 ' +
    '-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP';
  return [...chains.map(chainLine), ...(link ? filterJumps : []), ...(config.localhostNodePorts ? [martians] : [])];
}

function natTop(config: ProxyConfig, link: boolean): string[] {
  const mark = masqueradeMark(config);
  const chains = ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ'];
  if (link) chains.push('KUBE-PROXY-CANARY');
  return [
    ...chains.map(chainLine),
    ...(link ? natJumps : []),
    `-A KUBE-POSTROUTING -m mark ! --mark ${mark}/${mark} -j RETURN`,
    `-A KUBE-POSTROUTING -j MARK --xor-mark ${mark}`,
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    `-A KUBE-MARK-MASQ -j MARK --or-mark ${mark}`,
  ];
}

function forwardRules(config: ProxyConfig): string[] {
  const mark = masqueradeMark(config);
  const counted = config.nfacct ? ' -m nfacct --nfacct-name ct_state_invalid_dropped_pkts' : '';
  // INVALID packets would otherwise reset connections (kubernetes issue 74839).
  const invalid = `-A KUBE-FORWARD -m conntrack --ctstate INVALID${counted} -j DROP`;
  return [
    ...(config.tcpBeLiberal ? [] : [invalid]),
    `-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark ${mark}/${mark} -j ACCEPT`,
    '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  ];
}

/** The last rules of KUBE-SERVICES: to the node ports, for local addresses. */
function nodePortRules(config: ProxyConfig, addresses: ReturnType<typeof nodePortAddresses>): string[] {
  const rule =
    '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain"';
  if (addresses.matchAll) {
    const notLoopback = config.localhostNodePorts ? '' : ' ! -d 127.0.0.0/8';
    return [`${rule} -m addrtype --dst-type LOCAL${notLoopback} -j KUBE-NODEPORTS`];
  }
  return addresses.addresses
    .filter((address) => config.localhostNodePorts || !address.startsWith('127.'))
    .map((address) => `${rule} -d ${address} -j KUBE-NODEPORTS`);
}
