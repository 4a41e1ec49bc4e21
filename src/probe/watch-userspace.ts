import type { Host } from '../cluster/contract/host.ts';
import { servicePortName } from '../cluster/kernel/kube-proxy-names.ts';
import type { MovedObject } from '../proof/hop.ts';
import { chainNamed } from '../proof/kernel-object.ts';
import type { Problem } from '../proof/problem.ts';
import { trackedConnections } from './conntrack.ts';
import { canMatch, type IptablesRule, type IptablesTable } from './iptables-save.ts';
import { divertingRules, movedBetween, ruleObject } from './iptables-walk.ts';
import { distinctProblems } from './problem.ts';
import { readOutput } from './read-output.ts';
import type { Counted, Rules, Watch } from './watch.ts';
import { type NatTable, readNat } from './watch-iptables.ts';
import { serviceOf, type Way } from './way.ts';

/** Reads the portals of mode userspace (kube-proxy <= 1.25, pkg/proxy/userspace/proxier.go): each leads to a port on which a process listens. */
export async function readUserspace(node: Host): Promise<Rules> {
  const nat = await readNat(node);
  return { check: (way) => checkNat(nat, way, node.name) };
}

/** Counts by the difference of two readings; which endpoint is dialled the process decides, and the kernel does not know. */
export async function watchUserspace(node: Host, way: Way): Promise<Watch> {
  const before = await readNat(node);
  return {
    problems: checkNat(before, way, node.name),
    async count(ends) {
      const after = await readNat(node);
      if (!('table' in before) || !('table' in after))
        return { entered: 0, objects: [], problems: checkNat(after, way, node.name) };
      const sent = (await trackedConnections(node, ends, way)).length;
      const counted = countUserspace(before.table, after.table, way, { node: node.name, sent });
      const port = portals(after.table, way).map(portOf).find(Boolean);
      const listener = port === undefined ? undefined : await listenerOn(node, port);
      if (listener === undefined || counted.entered === 0) return counted;
      const process: MovedObject = {
        kind: 'process',
        node: node.name,
        name: `${listener}, port ${port}`,
        moved: counted.entered,
        seenBy: 'counter',
      };
      return { ...counted, objects: [...counted.objects, process] };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

const at = (way: Way, node: string) => ({ node, service: serviceOf(way) });

const checkNat = (nat: NatTable, way: Way, node: string): Problem[] =>
  'table' in nat ? checkUserspace(nat.table, way, node) : [{ code: 'rules-unreadable', ...at(way, node), ...nat }];

/** Pure part: whether a portal takes what clients ask for, and is the Service's own. */
export function checkUserspace(table: IptablesTable, way: Way, node: string): Problem[] {
  const chain = chainsOf(way)[0]!;
  const [first] = portals(table, way).filter((rule) => rule.chain === chain);
  if (!first)
    return [{ code: 'entry-missing', ...at(way, node), where: chainNamed(chain), address: way.address, port: way.port }];
  const name = servicePortName(way.service);
  const [comment] = first.options.get('--comment') ?? [];
  return comment === name && portOf(first) !== undefined
    ? []
    : [
        {
          code: 'wrong-chain',
          ...at(way, node),
          from: chainNamed(chain),
          expected: { kind: 'portal', of: name },
          found: { kind: 'rule', rule: first.text },
        },
      ];
}

const chainsOf = ({ entry }: Way): readonly string[] =>
  entry === 'node-port' ? ['KUBE-NODEPORT-CONTAINER', 'KUBE-NODEPORT-HOST'] : ['KUBE-PORTALS-CONTAINER', 'KUBE-PORTALS-HOST'];

const portals = (table: IptablesTable, way: Way): IptablesRule[] =>
  chainsOf(way).flatMap(
    (chain) => table.rules(chain).find((rule) => rule.ports !== undefined && canMatch(rule, way.address, way.port)) ?? [],
  );

function portOf({ target, options }: IptablesRule): string | undefined {
  if (target === 'REDIRECT') return options.get('--to-ports')?.[0];
  return target === 'DNAT' ? options.get('--to-destination')?.[0]?.split(':')[1] : undefined;
}

/** Pure part: what the counters say between two readings. */
export function countUserspace(
  before: IptablesTable,
  after: IptablesTable,
  way: Way,
  { node, sent }: { readonly node: string; readonly sent: number },
): Counted {
  const moved = movedBetween(before, after);
  const own = portals(after, way);
  const entered = own.reduce((sum, rule) => sum + moved(rule), 0);
  const reset = own.filter((rule) => moved(rule) < 0);
  const diverting = entered < sent ? divertingRules(after, way, moved, new Set(own)) : [];
  return {
    entered,
    objects: own.filter((rule) => moved(rule) > 0).map((rule) => ruleObject(node, rule, moved(rule))),
    problems: distinctProblems([
      ...checkUserspace(after, way, node),
      ...reset.map(({ chain }): Problem => ({ code: 'counters-reset', ...at(way, node), object: chainNamed(chain) })),
      ...diverting.map(
        (rule): Problem => ({
          code: 'diverted',
          ...at(way, node),
          by: { kind: 'rule', rule: rule.text },
          connections: moved(rule),
        }),
      ),
    ]),
  };
}

/** "kube-proxy (pid 123)" of the process that listens on a port, where the node's `ss` shows it. */
async function listenerOn(node: Host, port: string): Promise<string | undefined> {
  const output = await readOutput(node, ['ss', '-Hltnp', `sport = :${port}`]);
  const [, name, pid] = 'text' in output ? (/users:\(\("([^"]+)",pid=(\d+)/.exec(output.text) ?? []) : [];
  return name === undefined ? undefined : `${name} (pid ${pid})`;
}
