import type { Target } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import type { ProxyMode } from '../cluster/contract/provider.ts';
import type { Hop, ReachedEndpoint } from '../proof/hop.ts';
import type { KernelObject } from '../proof/kernel-object.ts';
import type { Problem } from '../proof/problem.ts';
import type { Opened } from './connections.ts';
import { closedEntry, type EntryContext, type EntryProof, FEW } from './entry-proof.ts';
import { type Findings, nothingFound } from './findings.ts';
import { watch } from './mode-rules.ts';
import type { Counted, Watch } from './watch.ts';
import { endpointsOf, serviceOf, type Way, wayOf } from './way.ts';

/** The Service's own rules on the node where connections come in take exactly those that were opened. */
export async function serviceAt(entry: Host, target: Target, context: EntryContext, marks: Marks = {}): Promise<EntryProof> {
  if (entry.closed !== undefined) return closedEntry(entry.name, entry.closed);
  const { mode, deployment } = context;
  const way = wayOf(target, target.service!, mode, deployment);
  const watching = await watch(entry, mode, way, { trace: true });
  return {
    connections: FEW,
    problems: watching.problems,
    judge: async (opened) => {
      const counted = await watching.count(opened.ends);
      return serviceFindings(entry.name, way, counted, { mode, opened, sent: opened.ends.length, marks });
    },
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  };
}

/** What the hop says of the node beyond its rules. */
type Marks = Pick<Extract<Hop, { kind: 'kernel' }>, 'answersArpFor' | 'passesServicelb'>;

/** What is known of connections beyond what the node's rules did. */
export interface Sent {
  readonly mode: ProxyMode;
  /** Who answered all that came in here, where a process decides; absent where other nodes took some. */
  readonly opened?: Opened;
  /** How many came in at this node. */
  readonly sent: number;
  readonly marks?: Marks;
}

/** What a node's rules did with the connections that came in there. */
export function serviceFindings(node: string, way: Way, counted: Counted, { mode, opened, sent, marks = {} }: Sent): Findings {
  const { entered, objects, led, problems } = counted;
  const endpoints = reached(way, node, led ?? new Map());
  const service = serviceOf(way);
  const { address, port } = way;
  return {
    ...nothingFound,
    hops: [
      mode === 'userspace'
        ? { kind: 'userspace-proxy', node, ...marks }
        : { kind: 'kernel', node, datapath: mode, led: ledTo(endpoints), ...marks },
    ],
    evidence: [{ code: 'came-in', node, service, by: 'service', address, port, entered, sent }],
    problems: [
      ...problems,
      ...miscounted({ node, service }, entryOf(way), sent, entered),
      ...affinityProblemsOf(way, node, led ?? (mode === 'userspace' && opened ? answersOf(opened) : undefined)),
    ],
    objects,
    ...(led ? { endpoints } : {}),
  };
}

/** Whether an object counted what was sent. */
export const miscounted = (
  place: { readonly node: string; readonly service: string },
  object: KernelObject,
  expected: number,
  counted: number,
): Problem[] => (counted === expected ? [] : [{ code: 'miscounted', ...place, object, expected, counted }]);

/** Endpoints by their pods. */
export const ledTo = (endpoints: readonly ReachedEndpoint[]) => endpoints.map(({ pod, connections }) => ({ pod, connections }));

const entryOf = ({ entry, address, port }: Way): KernelObject => ({ kind: 'entry', entry, address, port });

/** The pods at the addresses that a node led to; an address of no endpoint is its own name. */
export const reached = (way: Pick<Way, 'endpoints'>, node: string, led: ReadonlyMap<string, number>): ReachedEndpoint[] =>
  [...led]
    .map(([to, connections]) => {
      const pod = way.endpoints.find(({ address, port }) => `${address}:${port}` === to);
      return pod
        ? { pod: pod.pod, node: pod.node, address: pod.address, connections }
        : { pod: to, node, address: to.split(':')[0]!, connections };
    })
    .sort((one, other) => (one.pod < other.pod ? -1 : 1));

/** Below so many connections one endpoint that takes all is no rarity. */
const TELLING = 10;

/** Session affinity shows in where one client's connections go. */
function affinityProblemsOf(way: Way, node: string, led: ReadonlyMap<string, number> | undefined): Problem[] {
  if (!led || led.size === 0) return [];
  const place = { node, service: serviceOf(way) };
  const connections = [...led.values()].reduce((sum, count) => sum + count, 0);
  const pods = reached(way, node, led).map(({ pod }) => pod);
  if (way.affinity) return led.size === 1 ? [] : [{ code: 'affinity-broken', ...place, pods, connections }];
  // Where either spread may have taken them, the smaller one may have had a single endpoint.
  const of = Math.min(...way.spreads.map((spread) => endpointsOf(way, spread, node).length));
  return led.size === 1 && of > 1 && connections >= TELLING
    ? [{ code: 'affinity-seen', ...place, pod: pods[0]!, connections, of }]
    : [];
}

function answersOf({ echoes }: Opened): ReadonlyMap<string, number> {
  const answers = new Map<string, number>();
  for (const { pod } of echoes) answers.set(pod, (answers.get(pod) ?? 0) + 1);
  return answers;
}

/** Watches on several nodes that connections may come in by. */
export async function watchEach(entries: readonly Host[], way: Way, { mode }: EntryContext): Promise<ReadonlyMap<Host, Watch>> {
  const open = entries.filter(({ closed }) => closed === undefined);
  const watches = await Promise.all(open.map(async (node) => [node, await watch(node, mode, way, { trace: true })] as const));
  return new Map(watches);
}
