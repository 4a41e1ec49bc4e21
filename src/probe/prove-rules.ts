import { setTimeout as delay } from 'node:timers/promises';
import type { Deployment, ServiceRef } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import type { ProxyMode } from '../cluster/contract/provider.ts';
import { httpUrl } from '../cluster/contract/targets.ts';
import { cleaningUp } from '../errors.ts';
import type { LoadSession } from '../load/session.ts';
import type { Evidence } from '../proof/evidence.ts';
import { closedLook, type Look, nothingSeen, together } from '../proof/look.ts';
import type { Problem } from '../proof/problem.ts';
import { waitFor } from '../waiting/wait.ts';
import { connections, type Opened, release } from './connections.ts';
import { readRules, watch } from './mode-rules.ts';
import { distinctProblems, mayPass } from './problem.ts';
import { ledTo, miscounted, reached } from './prove-service.ts';
import type { Counted } from './watch.ts';
import { endpointsOf, serviceOf, servingEndpoints, type Way, waysAt } from './way.ts';

/** Network programming latency on a busy machine; a node that has not all endpoints by then is judged by what it has. */
export const SETTLE_MS = 15_000;
/**
 * kube-proxy's iptables mode rewrites a Service's chain when its endpoints change, and counters begin again; so connections that do
 * not add up are sent once more before a node is said to be wrong.
 */
const COUNTS = 2;
/** New connections per node and Service; few, because each is looked for by name. */
const PROOF_CONNECTIONS = 5;

type SessionOf = (host: Host) => Promise<LoadSession>;

/**
 * Proves on every node that each target's Service has its own rules there, that they lead to all of its endpoints and nowhere else, and that
 * exactly N new connections to its ClusterIP from a client on that node add N to them (a NodePort's rules are read here, and counted by
 * its path's proof). Where a node is closed, the client on it must be answered all the
 * same, and its rules are unobserved.
 * @param settleMs how long kube-proxy may still be writing rules.
 */
export async function proveRules(
  nodes: readonly Host[],
  mode: ProxyMode,
  deployment: Deployment,
  session: SessionOf,
  settleMs = SETTLE_MS,
): Promise<Look> {
  const looks = await Promise.all(
    nodes.map(async (node) => {
      const client = deployment.clients.find((host) => host.node === node.name);
      if (node.closed !== undefined)
        return together([closedLook(node.name, node.closed), await answersOnly(node, client, deployment, session, settleMs)]);
      const settled = await settledRules(node, mode, deployment, settleMs);
      const each: Look[] = [];
      // One Service after another: they share the client, and releasing its connections would take the other's away.
      for (const service of deployment.services)
        each.push(await proveOnNode({ node, client, mode, problems: settled.get(service) ?? [] }, service, deployment, session));
      return together(each);
    }),
  );
  return together(looks);
}

/** What a client on a closed node gets from each Service. */
async function answersOnly(
  host: Host,
  client: Host | undefined,
  deployment: Deployment,
  session: SessionOf,
  settleMs: number,
): Promise<Look> {
  const node = host.name;
  if (!client) return { ...nothingSeen, problems: [{ code: 'no-client', node }] };
  const generator = await session(client);
  const evidence: Evidence[] = [];
  const problems: Problem[] = [];
  for (const ref of deployment.services) {
    const { inside } = waysAt(host, ref, servingEndpoints(ref, deployment));
    const service = serviceOf(inside);
    if (isDropped(inside, node)) {
      evidence.push({ code: 'dropped', node, service });
      continue;
    }
    const { echoes, unanswered } = await settledAnswers(generator, urlOf(inside), settleMs);
    const pods = [...new Set(echoes.map(({ pod }) => pod))].sort();
    evidence.push({ code: 'answered', node, service, answers: echoes.length, sent: PROOF_CONNECTIONS, pods, saw: [] });
    problems.push(...unanswered.map((one) => ({ ...one, node, service })));
  }
  return { ...nothingSeen, evidence, problems };
}

/** A closed node does not show whether kube-proxy has written its rules: connections that fail are opened again until the time is up. */
async function settledAnswers(generator: LoadSession, url: string, settleMs: number): Promise<Opened> {
  const end = performance.now() + settleMs;
  for (;;) {
    const opened = await cleaningUp(
      () => connections(generator, url, PROOF_CONNECTIONS),
      () => release(generator),
    );
    if (opened.unanswered.length === 0 || performance.now() >= end) return opened;
    await delay(200);
  }
}

const urlOf = ({ address, port }: Way): string => httpUrl(address, port);

/** Whether a node's rules lead nowhere because no endpoint is on it. */
const isDropped = (way: Way, node: string): boolean =>
  way.spreads.length === 1 && way.spreads[0] === 'local' && endpointsOf(way, 'local', node).length === 0;

interface Place {
  readonly node: Host;
  readonly client: Host | undefined;
  readonly mode: ProxyMode;
  /** What its rules alone lack. */
  readonly problems: readonly Problem[];
}

async function proveOnNode(
  { node: host, client, mode, problems }: Place,
  ref: ServiceRef,
  deployment: Deployment,
  session: SessionOf,
): Promise<Look> {
  const node = host.name;
  if (problems.length) return { ...nothingSeen, problems };
  const { inside } = waysAt(host, ref, servingEndpoints(ref, deployment));
  const service = serviceOf(inside);
  if (isDropped(inside, node)) return { ...nothingSeen, evidence: [{ code: 'dropped', node, service }] };
  if (!client) return { ...nothingSeen, problems: [{ code: 'no-client', node }] };
  const evidence: Evidence[] = [];
  for (let count = 1; ; count += 1) {
    await using watching = await watch(host, mode, inside, { trace: false });
    const generator = await session(client);
    const { ends, unanswered } = await connections(generator, urlOf(inside), PROOF_CONNECTIONS);
    if (unanswered.length) {
      await release(generator);
      const silent = unanswered.map((one) => ({ ...one, node, service }));
      return { ...nothingSeen, evidence, problems: [...silent, ...watching.problems] };
    }
    const counted = await cleaningUp(
      () => watching.count(ends),
      () => release(generator),
    );
    const found = problemsOf(counted, inside, node, ends.length);
    evidence.push(cameIn(counted, inside, node, ends.length));
    if (found.length === 0 || count === COUNTS || !found.every(mayPass)) return { ...nothingSeen, evidence, problems: found };
  }
}

function cameIn({ entered, objects, led = new Map() }: Counted, way: Way, node: string, sent: number): Evidence {
  const { address, port } = way;
  const place = { node, service: serviceOf(way) };
  return { code: 'came-in', ...place, by: 'service', address, port, entered, sent, objects, led: ledTo(reached(way, node, led)) };
}

const problemsOf = ({ entered, problems }: Counted, way: Way, node: string, sent: number): Problem[] =>
  distinctProblems([
    ...problems,
    ...miscounted(
      { node, service: serviceOf(way) },
      { kind: 'service-rules', address: way.address, port: way.port },
      sent,
      entered,
    ),
  ]);

/** What the rules of every Service lack on a node, once they lack nothing, or when the time is up. */
async function settledRules(
  node: Host,
  mode: ProxyMode,
  deployment: Deployment,
  settleMs: number,
): Promise<ReadonlyMap<ServiceRef, readonly Problem[]>> {
  const read = async () => {
    const rules = await readRules(node, mode);
    return new Map(
      deployment.services.map((service) => {
        const ways = Object.values(waysAt(node, service, servingEndpoints(service, deployment))) as Way[];
        return [service, ways.filter((way) => !isDropped(way, node.name)).flatMap((way) => rules.check(way))] as const;
      }),
    );
  };
  let last: ReadonlyMap<ServiceRef, readonly Problem[]> = new Map();
  return waitFor(`rules on ${node.name}`, { deadlineMs: settleMs }, async () => {
    last = await read();
    const [late] = [...last.values()].flat();
    return late ? { seen: late.code } : { value: last };
  }).catch((error: unknown) => {
    if (last.size === deployment.services.length) return last;
    throw error;
  });
}
