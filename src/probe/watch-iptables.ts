import type { Endpoint } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import { iptablesChains, iptablesEndpointChain } from '../cluster/kernel/kube-proxy-names.ts';
import { chainNamed, type KernelObject } from '../proof/kernel-object.ts';
import type { Problem } from '../proof/problem.ts';
import { trackedConnections } from './conntrack.ts';
import { divertedFrom } from './diverted.ts';
import { canMatch, type IptablesRule, type IptablesTable, parseIptablesSave } from './iptables-save.ts';
import { chainObjects, divertingRules, movedBetween, ruleObject, walkFrom } from './iptables-walk.ts';
import { distinctProblems } from './problem.ts';
import { type Output, readOutput } from './read-output.ts';
import type { Counted, Rules, Watch } from './watch.ts';
import { endpointsOf, type Spread, serviceOf, type Way } from './way.ts';

/** The nat table sees the first packet of a connection only, so packets are connections. */
const NAT = ['iptables-save', '--counters', '--table', 'nat'];

export type NatTable = { readonly table: IptablesTable } | Exclude<Output, { text: string }>;

export async function readNat(node: Host): Promise<NatTable> {
  const output = await readOutput(node, NAT);
  if (!('text' in output)) return output;
  const table = parseIptablesSave(output.text);
  return table ? { table } : { command: NAT.join(' '), reason: 'it has no nat table' };
}

/** Reads the chains of mode iptables (pkg/proxy/iptables/proxier.go). */
export async function readIptables(node: Host): Promise<Rules> {
  const nat = await readNat(node);
  return {
    check: (way) =>
      'table' in nat ? checkIptables(nat.table, way, node.name) : [{ code: 'rules-unreadable', ...at(way, node.name), ...nat }],
  };
}

/** Counts by the difference of two readings. */
export async function watchIptables(node: Host, way: Way): Promise<Watch> {
  const before = await readNat(node);
  const unreadable = (nat: NatTable): Problem[] =>
    'table' in nat ? [] : [{ code: 'rules-unreadable', ...at(way, node.name), ...nat }];
  return {
    problems: 'table' in before ? checkIptables(before.table, way, node.name) : unreadable(before),
    async count(ends) {
      const after = await readNat(node);
      if (!('table' in before) || !('table' in after))
        return { entered: 0, objects: [], problems: [...unreadable(before), ...unreadable(after)] };
      const sent = (await trackedConnections(node, ends, way)).length;
      const counted = countIptables(before.table, after.table, way, { node: node.name, sent });
      const named = counted.problems.some(({ code }) => code === 'diverted');
      if (counted.entered >= sent || named) return counted;
      return { ...counted, problems: [...counted.problems, ...(await divertedFrom(node, way, ends, counted.entered))] };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

const at = (way: Way, node: string) => ({ node, service: serviceOf(way) });

/** Pure part: whether the rules for a way are those of kube-proxy, and lead to its endpoints. */
export function checkIptables(table: IptablesTable, way: Way, node: string): Problem[] {
  const place = at(way, node);
  const chains = iptablesChains(way.service);
  const entry = entryRule(table, way);
  const from = chainNamed(entryChain(way));
  if (!entry) return [{ code: 'entry-missing', ...place, where: from, address: way.address, port: way.port }];
  const targets = way.entry === 'cluster-ip' ? way.spreads.map((spread) => chains[spread]) : [chains.external, chains.firewall];
  if (!targets.includes(entry.target ?? ''))
    return [{ code: 'wrong-chain', ...place, from, expected: chainNamed(targets[0]!), ...foundTarget(entry.target) }];
  if (way.spreads.length > 1) return [];
  const [spread] = way.spreads;
  const expected = chains[spread!];
  const leads = table.rules(chains.external).find((rule) => rule.target !== MASQUERADE && !isBySource(rule));
  const passed: Problem[] =
    way.entry === 'cluster-ip' || leads?.target === expected
      ? []
      : [
          {
            code: 'wrong-chain',
            ...place,
            from: chainNamed(chains.external),
            expected: chainNamed(expected),
            ...foundTarget(leads?.target),
          },
        ];
  return [...passed, ...strangersIn(table, [chains.external, expected], way, node), ...checkSpread(table, way, spread!, node)];
}

const foundTarget = (name: string | undefined) => (name === undefined ? {} : { found: { kind: 'target', name } as const });

/** Rules for the pods' and the node's own traffic. */
const isBySource = ({ options }: IptablesRule): boolean => options.has('-s') || options.has('--src-type');

const entryChain = ({ entry }: Way): string => (entry === 'node-port' ? 'KUBE-NODEPORTS' : 'KUBE-SERVICES');

/** The first rule that takes what the client asks for; one before the Service's own shadows it. */
function entryRule(table: IptablesTable, way: Way): IptablesRule | undefined {
  const byPort = ({ destination, ports }: IptablesRule) =>
    ports !== undefined && (way.entry === 'node-port' || destination !== undefined);
  return table
    .rules(entryChain(way))
    .find((rule) => byPort(rule) && rule.target !== MASQUERADE && canMatch(rule, way.address, way.port));
}

const MASQUERADE = 'KUBE-MARK-MASQ';

/** Rules of the Service's own chains that lead anywhere but to its chains. */
function strangersIn(table: IptablesTable, chains: readonly string[], way: Way, node: string): Problem[] {
  const { service, local } = iptablesChains(way.service);
  const own = (target: string) => target === MASQUERADE || target === service || target === local || target.startsWith(ENDPOINT);
  return chains.flatMap((chain) =>
    table
      .rules(chain)
      .filter(({ target = '' }) => !own(target))
      .map(({ text }): Problem => ({ code: 'stranger-rule', ...at(way, node), object: chainNamed(chain), rule: text })),
  );
}

const ENDPOINT = 'KUBE-SEP-';

/** kube-proxy's shares have ten digits, the kernel's 31 bits. */
const SHARE_TOLERANCE = 1e-8;

function checkSpread(table: IptablesTable, way: Way, spread: Spread, node: string): Problem[] {
  const place = at(way, node);
  const chain = iptablesChains(way.service)[spread];
  const object = chainNamed(chain);
  const jumps = table.rules(chain).filter(({ target = '' }) => target.startsWith(ENDPOINT));
  const sticky = jumps.filter(({ modules }) => modules.includes('recent'));
  const fresh = jumps.filter((rule) => !sticky.includes(rule));
  const wanted = endpointsOf(way, spread, node);
  const missing = wanted.flatMap((endpoint): Problem[] => {
    const own = endpointChain(way, endpoint);
    if (!fresh.some(({ target }) => target === own)) return [{ code: 'endpoint-without-rule', ...place, object, endpoint }];
    if (destinationsOf(table, own).includes(`${endpoint.address}:${endpoint.port}`)) return [];
    return [{ code: 'endpoint-without-rule', ...place, object: chainNamed(own), endpoint }];
  });
  const strangers = [...new Set(jumps.map(({ target = '' }) => target))]
    .flatMap((target) => destinationsOf(table, target).map((to) => ({ to, target })))
    .filter(({ to, target }) => !wanted.some((one) => `${one.address}:${one.port}` === to && endpointChain(way, one) === target));
  const uneven = fresh.some((rule, index) => {
    const share = Number(rule.options.get('--probability')?.[0] ?? 1);
    return Math.abs(share - 1 / (fresh.length - index)) > SHARE_TOLERANCE;
  });
  return [
    ...missing,
    ...strangers.map(({ to, target }) => strangerAt(way, node, chainNamed(target), to)),
    ...(uneven ? [{ code: 'uneven-spread', ...place, object } as const] : []),
    ...affinityProblems(way, node, object, { wanted: wanted.length, sticky: sticky.length }),
  ];
}

const endpointChain = ({ service }: Way, { address, port }: Endpoint): string =>
  iptablesEndpointChain(service, `${address}:${port}`);

const destinationsOf = (table: IptablesTable, chain: string): string[] =>
  table.rules(chain).flatMap(({ target, options }) => (target === 'DNAT' ? (options.get('--to-destination') ?? []) : []));

/** An address that a spread must not lead to. @param to "address:port" */
export function strangerAt(way: Way, node: string, object: KernelObject, to: string): Problem {
  const endpoint = way.endpoints.find(({ address, port }) => `${address}:${port}` === to);
  return endpoint && endpoint.node !== node
    ? { code: 'remote-endpoint', ...at(way, node), object, endpoint }
    : { code: 'stranger-endpoint', ...at(way, node), object, address: to };
}

/** Whether a spread has rules that keep clients at their endpoint, one for each, where and only where it is asked to. */
export function affinityProblems(
  way: Way,
  node: string,
  object: KernelObject,
  { wanted, sticky }: { readonly wanted: number; readonly sticky: number },
): Problem[] {
  if (way.affinity && sticky < wanted) return [{ code: 'affinity-missing', ...at(way, node), object }];
  return !way.affinity && sticky > 0 ? [{ code: 'affinity-unasked', ...at(way, node), object }] : [];
}

/** Pure part: what the counters say between two readings. @param sent how many came to this node, as far as is known. */
export function countIptables(
  before: IptablesTable,
  after: IptablesTable,
  way: Way,
  { node, sent }: { readonly node: string; readonly sent: number },
): Counted {
  const place = at(way, node);
  const moved = movedBetween(before, after);
  const entry = entryRule(after, way);
  if (!entry) return { entered: 0, objects: [], problems: checkIptables(after, way, node) };
  const entered = moved(entry);
  const walk = walkFrom(after, entry, moved);
  const chains = iptablesChains(way.service);
  const taken = (['service', 'local'] as const).filter((spread) => (walk.chains.get(chains[spread]) ?? 0) > 0);
  const led = new Map<string, number>();
  for (const { to, moved: count } of walk.destinations) led.set(to, (led.get(to) ?? 0) + count);
  const arrived = [...led.values()].reduce((sum, count) => sum + count, 0);
  const spreads = taken.filter((spread) => !way.spreads.includes(spread));
  const diverting = entered < sent ? divertingRules(after, way, moved, new Set([entry])) : [];
  const problems: Problem[] = [
    ...checkIptables(after, way, node),
    ...walk.reset.map((rule): Problem => ({ code: 'counters-reset', ...place, object: chainNamed(rule.chain) })),
    ...spreads.map(
      (spread): Problem => ({
        code: 'wrong-chain',
        ...place,
        from: chainNamed(entry.target ?? entryChain(way)),
        expected: chainNamed(chains[way.spreads[0]!]),
        found: chainNamed(chains[spread]),
      }),
    ),
    ...(way.spreads.length > 1 ? taken.flatMap((spread) => checkSpread(after, way, spread, node)) : []),
    ...(arrived === entered
      ? []
      : [
          {
            code: 'miscounted',
            ...place,
            object: { kind: 'endpoint-chains', behind: String(entry.target) },
            expected: entered,
            counted: arrived,
          } as const,
        ]),
    ...diverting.map(
      (rule): Problem => ({ code: 'diverted', ...place, by: { kind: 'rule', rule: rule.text }, connections: moved(rule) }),
    ),
  ];
  const named = (chain: string) => /^KUBE-(?:FW|EXT|SVC|SVL|SEP)-/.test(chain);
  return {
    entered,
    objects: entered === 0 ? [] : [ruleObject(node, entry, entered), ...chainObjects(node, walk, named)],
    led,
    problems: distinctProblems(problems),
  };
}
