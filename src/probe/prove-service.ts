import type { Target } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import type { ReachedEndpoint } from '../results/schema.ts';
import type { Opened } from './connections.ts';
import { closedNode, type EntryContext, type EntryProof, FEW } from './entry-proof.ts';
import type { Findings } from './findings.ts';
import { copyingHop, kernelHop, movedLine } from './moved-text.ts';
import type { Problem } from './problem.ts';
import { type Counted, type Watch, watch } from './watch.ts';
import { endpointsOf, serviceOf, type Way, wayOf } from './way.ts';

/** The Service's own rules on the node where connections come in take exactly those that were opened. */
export async function serviceAt(entry: Host, target: Target, context: EntryContext, before = ''): Promise<EntryProof> {
  const { mode, short, deployment } = context;
  if (entry.unobservable !== undefined) return closedNode(entry, short);
  const way = wayOf(target, target.service!, mode, deployment);
  const watching = await watch(entry, mode, way, { trace: true });
  return {
    connections: FEW,
    failures: [],
    problems: watching.problems,
    judge: async (opened) => {
      const counted = await watching.count(opened.ends);
      return serviceFindings(entry, way, counted, { context, before, opened, sent: opened.ends.length });
    },
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  };
}

export interface Judged {
  readonly context: EntryContext;
  /** What is said of the node before its rules. */
  readonly before: string;
  /** Who answered all that came in here, where a process decides; absent where other nodes took some. */
  readonly opened?: Opened;
  /** How many came in at this node. */
  readonly sent: number;
}

/** What a node's rules did with the connections that came in there. */
export function serviceFindings(entry: Host, way: Way, counted: Counted, { context, before, opened, sent }: Judged): Findings {
  const { mode, short } = context;
  const { entered, objects, led, problems } = counted;
  const endpoints = reached(way, entry.name, led ?? new Map());
  const hop = mode === 'userspace' ? copyingHop(objects) : kernelHop(mode, objects, endpoints);
  const place = { node: entry.name, service: serviceOf(way) };
  return {
    hops: [`${short(entry.name)}: ${before}${hop}`],
    evidence: [
      `${entry.name}: ${entered} of ${sent} new connections to ${way.address}:${way.port} came in by the Service's own rules`,
      ...movedLine(objects).map((line) => `${entry.name}: ${line}`),
    ],
    failures: [],
    problems: [
      ...problems,
      ...(entered === sent
        ? []
        : [{ code: 'miscounted', ...place, object: entryName(way), expected: sent, counted: entered } as const]),
      ...affinityFindings(way, entry.name, led ?? (mode === 'userspace' && opened ? answersOf(opened) : undefined)),
    ],
    objects,
    ...(led ? { endpoints } : {}),
  };
}

const entryName = ({ entry, address, port }: Way): string => `the ${entry} entry ${address}:${port}`;

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
function affinityFindings(way: Way, node: string, led: ReadonlyMap<string, number> | undefined): Problem[] {
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
  const open = entries.filter(({ unobservable }) => unobservable === undefined);
  const watches = await Promise.all(open.map(async (node) => [node, await watch(node, mode, way, { trace: true })] as const));
  return new Map(watches);
}
