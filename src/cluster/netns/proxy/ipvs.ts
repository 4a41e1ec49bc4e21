import { ipvsInterface } from '../../kernel/kube-proxy-names.ts';
import { createClaims } from './claims.ts';
import type { ProxyConfig } from './config.ts';
import { createIpSets, createIpvsInterface, type IpSet, ipSetNames, ipvsIptables } from './ipvs-base.ts';
import { type IpvsPort, ipvsPort, type VirtualServer } from './ipvs-port.ts';
import type { Proxier, RuleProgram } from './program.ts';
import { createServiceMap } from './service-map.ts';

/**
 * kube-proxy's mode ipvs in IPv4 (pkg/proxy/ipvs/proxier.go): virtual servers, the addresses on kube-ipvs0, sets, and a few iptables rules
 * that ask the sets. A change is applied per server; the iptables rules are written again only where they differ. Left out: graceful
 * termination, so connections to an endpoint that is gone end with it.
 */
export function createIpvsProxier(config: ProxyConfig): Proxier {
  const map = createServiceMap(config.node);
  const servers = createClaims<VirtualServer>();
  const addresses = createClaims<true>();
  const sets = new Map(ipSetNames.map((name) => [name, createClaims<true>()]));
  const setsOf = new Map<string, readonly IpSet[]>();
  const refused = new Map<string, readonly string[]>();
  let iptables = '';
  let created = false;

  const sync = (changed: ReadonlySet<string>, full: boolean): readonly RuleProgram[] => {
    for (const key of changed) {
      const ports = map.portsOf(key).map((port) => ipvsPort(port, config));
      const bound = ports.flatMap((port) => port.addresses);
      servers.set(key, new Map(ports.flatMap((port) => [...port.servers])));
      addresses.set(key, asKeys(bound));
      const entries = entriesOf(ports, bound);
      // Most Services are in three of the seventeen sets.
      for (const name of new Set([...(setsOf.get(key) ?? []), ...entries.keys()])) {
        sets.get(name)!.set(key, asKeys(entries.get(name) ?? []));
      }
      if (entries.size > 0) setsOf.set(key, [...entries.keys()]);
      else setsOf.delete(key);
      const refusals = ports.flatMap((port) => port.refused);
      if (refusals.length > 0) refused.set(key, refusals);
      else refused.delete(key);
    }

    const link = full && !created;
    created ||= full;
    const server = changedServers(servers.changes());
    const bound = addresses.changes();
    const entries = [...sets].flatMap(([name, claims]) =>
      claims.changes().map(({ key, after }) => `${after ? 'add' : 'del'} ${name} ${key}`),
    );
    const used = new Set(ipSetNames.filter((name) => sets.get(name)!.size > 0));
    const before = iptables;
    iptables = ipvsIptables(config, used, [...refused.values()].flat(), false);
    const lines = (program: RuleProgram['argv'], input: readonly string[]): RuleProgram[] =>
      input.length > 0 ? [{ argv: program, input: `${input.join('\n')}\n` }] : [];
    return [
      ...lines(ipBatch, [
        ...(link ? [createIpvsInterface] : []),
        ...bound.filter(({ after }) => after).map(({ key }) => `addr add ${key}/32 dev ${ipvsInterface}`),
      ]),
      ...lines(['ipvsadm', '-R'], server),
      ...lines(['ipset', 'restore', '-exist'], [...(link ? createIpSets() : []), ...entries]),
      ...(full || iptables !== before
        ? [{ argv: restore, input: link ? ipvsIptables(config, used, [...refused.values()].flat(), true) : iptables }]
        : []),
      ...lines(
        ipBatch,
        bound.filter(({ after }) => !after).map(({ key }) => `addr del ${key}/32 dev ${ipvsInterface}`),
      ),
    ];
  };

  return {
    replace: (objects) => sync(map.replace(objects), true),
    apply: (change) => sync(map.apply(change), false),
    sweep: () => [],
  };
}

const ipBatch: RuleProgram['argv'] = ['ip', '-batch', '-'];
const restore: RuleProgram['argv'] = ['iptables-restore', '--noflush', '--counters'];

const noKeys: ReadonlyMap<string, true> = new Map();
const asKeys = (keys: readonly string[]): ReadonlyMap<string, true> =>
  keys.length > 0 ? new Map(keys.map((key) => [key, true])) : noKeys;

function entriesOf(ports: readonly IpvsPort[], bound: readonly string[]): ReadonlyMap<IpSet, readonly string[]> {
  const entries = new Map<IpSet, readonly string[]>(bound.length > 0 ? [['KUBE-IPVS-IPS', bound]] : []);
  for (const port of ports) for (const [name, own] of port.sets) entries.set(name, [...(entries.get(name) ?? []), ...own]);
  return entries;
}

/** Lines for `ipvsadm -R`: servers and endpoints that are new, different or gone. */
function changedServers(
  changes: readonly { key: string; before: VirtualServer | undefined; after: VirtualServer | undefined }[],
): string[] {
  return changes.flatMap(({ key, before, after }) => {
    if (!after) return [`-D ${key}`];
    const verb = !before ? '-A' : before.options === after.options ? undefined : '-E';
    const gone = [...(before?.endpoints ?? [])].filter((endpoint) => !after.endpoints.has(endpoint));
    const fresh = [...after.endpoints].filter((endpoint) => !before?.endpoints.has(endpoint));
    return [
      ...(verb ? [`${verb} ${key} ${after.options}`] : []),
      ...fresh.map((endpoint) => `-a ${key} -r ${endpoint} -m -w 1`),
      ...gone.map((endpoint) => `-d ${key} -r ${endpoint}`),
    ];
  });
}
