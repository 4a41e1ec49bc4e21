import type { Endpoint } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import { nftablesChains, nftablesEndpoint, nftablesTable } from '../cluster/kernel/kube-proxy-names.ts';
import type { MovedObject } from '../proof/hop.ts';
import { chainNamed, type KernelObject } from '../proof/kernel-object.ts';
import type { Problem } from '../proof/problem.ts';
import { type ClientEnd, trackedConnections } from './conntrack.ts';
import { divertedFrom } from './diverted.ts';
import { type NftRule, type NftTable, parseNftTable } from './nft-table.ts';
import { startTrace, type Trace, type TraceStep } from './nft-trace.ts';
import { distinctProblems } from './problem.ts';
import { readOutput } from './read-output.ts';
import type { Counted, Rules, Watch, WatchOptions } from './watch.ts';
import { affinityProblems, strangerAt } from './watch-iptables.ts';
import { endpointsOf, type Spread, serviceOf, type Way } from './way.ts';

const TABLE = ['nft', '--json', 'list', 'table', 'ip', nftablesTable];

/** Reads the table of mode nftables (pkg/proxy/nftables/proxier.go). */
export async function readNftables(node: Host): Promise<Rules> {
  const output = await readOutput(node, TABLE);
  const unreadable = (way: Way, reason: string): Problem[] => [
    { code: 'rules-unreadable', ...at(way, node.name), command: TABLE.join(' '), reason },
  ];
  if (!('text' in output)) return { check: (way) => unreadable(way, output.reason) };
  try {
    const table = parseNftTable(output.text);
    return { check: (way) => checkNftables(table, way, node.name) };
  } catch {
    return { check: (way) => unreadable(way, 'the output is not JSON: this nft was built without JSON support') };
  }
}

/**
 * kube-proxy's maps and chains have no counters. On nodes of our own each connection is traced through the chains; connection tracking says
 * in any case where it was led.
 */
export async function watchNftables(node: Host, way: Way, { trace }: WatchOptions): Promise<Watch> {
  const { check } = await readNftables(node);
  const tracing = trace && node.ownNode ? await startTrace(node, way) : undefined;
  return {
    problems: check(way),
    async count(ends) {
      const tracked = await trackedConnections(node, ends, way);
      const led = new Map<string, number>();
      for (const { answeredBy } of tracked) {
        const to = way.endpoints.find(({ address }) => address === answeredBy);
        if (to) led.set(`${to.address}:${to.port}`, (led.get(`${to.address}:${to.port}`) ?? 0) + 1);
      }
      const counted: Counted = tracing
        ? countTraced(await walksOf(tracing, ends), way, node.name)
        : { entered: tracked.length, objects: trackedObject(way, node.name, tracked.length), problems: [] };
      const arrived = [...led.values()].reduce((sum, count) => sum + count, 0);
      const diverted =
        arrived < counted.entered || counted.entered < ends.length ? await divertedFrom(node, way, ends, counted.entered) : [];
      const { check: checkAgain } = await readNftables(node);
      return { ...counted, led, problems: distinctProblems([...checkAgain(way), ...counted.problems, ...diverted]) };
    },
    [Symbol.asyncDispose]: async () => tracing?.[Symbol.asyncDispose](),
  };
}

const at = (way: Way, node: string) => ({ node, service: serviceOf(way) });

const walksOf = async (trace: Trace, ends: readonly ClientEnd[]): Promise<readonly (readonly TraceStep[])[]> => {
  const walks = await trace.walks(ends);
  return ends.flatMap(({ localPort }) => {
    const walk = walks.get(localPort);
    return walk ? [walk] : [];
  });
};

const trackedObject = (way: Way, node: string, moved: number): MovedObject[] =>
  moved === 0 ? [] : [{ kind: 'tracked-connections', node, name: `${way.address}:${way.port}`, moved, seenBy: 'connections' }];

/** Pure part: whether the maps and chains for a way are those of kube-proxy, and lead to its endpoints. */
export function checkNftables(table: NftTable, way: Way, node: string): Problem[] {
  const place = at(way, node);
  const chains = nftablesChains(way.service);
  const map = entryMap(way);
  const target = table.element(map, entryKey(way));
  if (target === undefined)
    return [{ code: 'entry-missing', ...place, where: { kind: 'map', name: map }, address: way.address, port: way.port }];
  const expected = way.entry === 'cluster-ip' ? way.spreads.map((spread) => chains[spread]) : [chains.external];
  if (!expected.includes(target))
    return [
      {
        code: 'wrong-chain',
        ...place,
        from: { kind: 'map', name: map },
        expected: chainNamed(expected[0]!),
        found: chainNamed(target),
      },
    ];
  if (way.spreads.length > 1) return [];
  const spread = way.spreads[0]!;
  const decides = (rule: NftRule) => !rule.bySource && rule.targets.some((to) => !to.startsWith('mark-for-'));
  const leads = table.rules(chains.external).find(decides)?.targets[0];
  return [
    ...(way.entry === 'cluster-ip' || leads === chains[spread]
      ? []
      : [
          {
            code: 'wrong-chain',
            ...place,
            from: chainNamed(chains.external),
            expected: chainNamed(chains[spread]),
            ...(leads === undefined ? {} : { found: chainNamed(leads) }),
          } as const,
        ]),
    ...checkSpread(table, way, spread, node),
  ];
}

const entryMap = ({ entry }: Way): string => (entry === 'node-port' ? 'service-nodeports' : 'service-ips');
const entryKey = ({ entry, address, port }: Way): string =>
  entry === 'node-port' ? `tcp . ${port}` : `${address} . tcp . ${port}`;

function checkSpread(table: NftTable, way: Way, spread: Spread, node: string): Problem[] {
  const place = at(way, node);
  const chain = nftablesChains(way.service)[spread];
  const object = chainNamed(chain);
  const rules = table.rules(chain);
  const spreads = rules.flatMap((rule) => rule.spread ?? []);
  const leads = spreads.flatMap((one) => one.chains);
  const wanted = endpointsOf(way, spread, node);
  const missing = wanted.flatMap((endpoint): Problem[] => {
    const own = endpointChain(way, endpoint);
    if (!leads.includes(own)) return [{ code: 'endpoint-without-rule', ...place, object, endpoint }];
    if (table.rules(own).some(({ dnat }) => dnat === `${endpoint.address}:${endpoint.port}`)) return [];
    return [{ code: 'endpoint-without-rule', ...place, object: chainNamed(own), endpoint }];
  });
  const strangers = [...new Set(leads)].flatMap((target) =>
    table.rules(target).flatMap(({ dnat }) => {
      const own = wanted.some((one) => `${one.address}:${one.port}` === dnat && endpointChain(way, one) === target);
      return dnat === undefined || own ? [] : [strangerAt(way, node, chainNamed(target), dnat)];
    }),
  );
  const sticky = rules.filter(({ sourceSet }) => sourceSet !== undefined);
  const updating = leads.filter((target) => table.rules(target).some(({ text }) => text.includes('affinity-')));
  const uneven = spreads.some(({ places, chains }) => places !== chains.length || new Set(chains).size !== chains.length);
  return [
    ...missing,
    ...strangers,
    ...strangeRules(rules, place, object),
    ...(uneven || spreads.length > 1 ? [{ code: 'uneven-spread', ...place, object } as const] : []),
    ...affinityProblems(way, node, object, {
      wanted: wanted.length,
      sticky: way.affinity ? Math.min(sticky.length, updating.length) : sticky.length,
    }),
  ];
}

/** Rules of a spreading chain that lead anywhere but to endpoints. */
const strangeRules = (
  rules: readonly NftRule[],
  place: { readonly node: string; readonly service: string },
  object: KernelObject,
): Problem[] =>
  rules
    .filter(
      ({ ends, dnat, targets }) =>
        ends || dnat !== undefined || targets.some((target) => !/^(?:endpoint-|mark-for-)/.test(target)),
    )
    .map(({ text }) => ({ code: 'stranger-rule', ...place, object, rule: text }));

const endpointChain = ({ service }: Way, { address, port }: Endpoint): string =>
  nftablesEndpoint(service, `${address}:${port}`).chain;

/** Pure part: the map's element and the chains that traced connections went through, and what of it is not the Service's. */
export function countTraced(walks: readonly (readonly TraceStep[])[], way: Way, node: string): Counted {
  const place = at(way, node);
  const table = `ip ${nftablesTable}`;
  const chains = nftablesChains(way.service);
  const own = walks.map((walk) => walk.filter((step) => step.table === table));
  const passed = new Map<string, number>();
  let entered = 0;
  let entryTarget: string | undefined;
  const strangers = new Map<string, { readonly by: KernelObject; readonly connections: number }>();
  for (const [index, steps] of own.entries()) {
    const met = [...new Set(steps.flatMap(({ target }) => (target !== undefined && OF_A_SERVICE.test(target) ? [target] : [])))];
    const mine = met[0] !== undefined && Object.values(chains).includes(met[0]);
    if (mine) {
      entered += 1;
      entryTarget ??= met[0];
      for (const chain of met) passed.set(chain, (passed.get(chain) ?? 0) + 1);
    } else {
      const by = met[0] === undefined ? foreignRule(walks[index]!, table) : chainNamed(met[0]);
      const key = JSON.stringify(by);
      strangers.set(key, { by, connections: (strangers.get(key)?.connections ?? 0) + 1 });
    }
  }
  const taken = (['service', 'local'] as const).filter((spread) => passed.has(chains[spread]));
  const wrong = taken.filter((spread) => !way.spreads.includes(spread));
  const element: MovedObject = {
    kind: 'map-element',
    node,
    table,
    name: `${entryMap(way)} { ${entryKey(way)} : goto ${entryTarget} }`,
    moved: entered,
    seenBy: 'trace',
  };
  return {
    entered,
    objects:
      entered === 0
        ? []
        : [
            element,
            ...[...passed].map(([name, moved]): MovedObject => ({ kind: 'chain', node, table, name, moved, seenBy: 'trace' })),
          ],
    problems: [
      ...wrong.map(
        (spread): Problem => ({
          code: 'wrong-chain',
          ...place,
          from: { kind: 'map', name: entryMap(way) },
          expected: chainNamed(chains[way.spreads[0]!]),
          found: chainNamed(chains[spread]),
        }),
      ),
      ...[...strangers.values()].map((stranger): Problem => ({ code: 'diverted', ...place, ...stranger })),
    ],
  };
}

/** Names of kube-proxy's chains of a Service begin with a kind and a hash; service-endpoints-check is none. */
const OF_A_SERVICE = /^(?:service|local|external|firewall|endpoint)-[A-Z2-7]{8}-/;

/** The rule outside of kube-proxy's chains that decided, or what is known instead. */
function foreignRule(walk: readonly TraceStep[], table: string): KernelObject {
  const decided = walk.find((step) => step.rule !== undefined && (step.verdict === 'accept' || step.verdict === 'drop'));
  if (decided === undefined) return { kind: 'no-rule' };
  const { chain, rule = '' } = decided;
  return { kind: 'rule', rule, chain, ...(decided.table === table ? {} : { table: decided.table }) };
}
