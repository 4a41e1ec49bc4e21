import type { Endpoint } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import { chainNamed } from '../proof/kernel-object.ts';
import type { Problem } from '../proof/problem.ts';
import { type ClientEnd, trackedConnections } from './conntrack.ts';
import { canMatch, type IptablesTable } from './iptables-save.ts';
import { chainObjects, divertingRules, movedBetween, ruleObject, walkFrom } from './iptables-walk.ts';
import type { Counted, Watch } from './watch.ts';
import { readNat } from './watch-iptables.ts';

/** A port of a node that leads to pods on it. */
export interface HostPortWay {
  readonly address: string;
  readonly port: number;
  readonly pods: readonly Endpoint[];
}

/** portmap's chain where all hostPorts come in (CNI plugins, plugins/meta/portmap/portmap_iptables.go), whatever mode kube-proxy is in. */
const TOP = 'CNI-HOSTPORT-DNAT';

/**
 * Watches portmap's rules for a port: those in iptables count. Where a network plugin leads the port in another way, connection tracking
 * says where connections went, and no object is named.
 */
export async function watchHostPort(node: Host, way: HostPortWay): Promise<Watch> {
  const before = await readNat(node);
  const counts = 'table' in before && before.table.has(TOP);
  return {
    problems: counts ? checkHostPort(before.table, way, node.name) : [],
    async count(ends) {
      const after = await readNat(node);
      if (counts && 'table' in after)
        return countHostPort(before.table, after.table, way, { node: node.name, sent: ends.length });
      return countTracked(node, way, ends);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

const at = ({ port }: HostPortWay, node: string) => ({ node, service: `hostPort ${port}` });

const entryRule = (table: IptablesTable, { address, port }: HostPortWay) =>
  table.rules(TOP).find((rule) => rule.ports !== undefined && canMatch(rule, address, port));

/** Pure part: whether portmap's rules lead the port to one of the pods. */
export function checkHostPort(table: IptablesTable, way: HostPortWay, node: string): Problem[] {
  const place = at(way, node);
  const entry = entryRule(table, way);
  if (!entry) return [{ code: 'entry-missing', ...place, where: chainNamed(TOP), address: way.address, port: way.port }];
  const { target = '' } = entry;
  const leads = table
    .rules(target)
    .flatMap((rule) => (rule.target === 'DNAT' ? (rule.options.get('--to-destination') ?? []) : []));
  if (leads.length === 0)
    return [{ code: 'endpoint-without-rule', ...place, object: chainNamed(target), endpoint: way.pods[0]! }];
  return leads
    .filter((to) => !way.pods.some(({ address, port }) => `${address}:${port}` === to))
    .map((address) => ({ code: 'stranger-endpoint', ...place, object: chainNamed(target), address }));
}

/** Pure part: what the counters say between two readings. */
export function countHostPort(
  before: IptablesTable,
  after: IptablesTable,
  way: HostPortWay,
  { node, sent }: { readonly node: string; readonly sent: number },
): Counted {
  const place = at(way, node);
  const moved = movedBetween(before, after);
  const entry = entryRule(after, way);
  const own = new Set(entry ? [entry] : []);
  const walk = entry ? walkFrom(after, entry, moved) : undefined;
  const entered = entry ? moved(entry) : 0;
  const led = new Map<string, number>();
  for (const { to, moved: count } of walk?.destinations ?? []) led.set(to, (led.get(to) ?? 0) + count);
  const arrived = [...led.values()].reduce((sum, count) => sum + count, 0);
  const diverting = entered < sent ? divertingRules(after, way, moved, own) : [];
  return {
    entered,
    objects:
      entry && walk && entered > 0
        ? [ruleObject(node, entry, entered), ...chainObjects(node, walk, (chain) => chain.startsWith('CNI-DN-'))]
        : [],
    led,
    problems: [
      ...checkHostPort(after, way, node),
      ...(walk?.reset ?? []).map((rule): Problem => ({ code: 'counters-reset', ...place, object: chainNamed(rule.chain) })),
      ...(arrived === entered
        ? []
        : [
            {
              code: 'miscounted',
              ...place,
              object: chainNamed(String(entry?.target)),
              expected: entered,
              counted: arrived,
            } as const,
          ]),
      ...diverting.map(
        (rule): Problem => ({ code: 'diverted', ...place, by: { kind: 'rule', rule: rule.text }, connections: moved(rule) }),
      ),
    ],
  };
}

async function countTracked(node: Host, way: HostPortWay, ends: readonly ClientEnd[]): Promise<Counted> {
  const tracked = await trackedConnections(node, ends, way);
  const led = new Map<string, number>();
  for (const { answeredBy } of tracked) {
    const pod = way.pods.find(({ address }) => address === answeredBy);
    if (pod) led.set(`${pod.address}:${pod.port}`, (led.get(`${pod.address}:${pod.port}`) ?? 0) + 1);
  }
  const entered = [...led.values()].reduce((sum, count) => sum + count, 0);
  const name = `${way.address}:${way.port}`;
  return {
    entered,
    objects: entered === 0 ? [] : [{ kind: 'tracked-connections', node: node.name, name, moved: entered, seenBy: 'connections' }],
    led,
    problems: [],
  };
}
