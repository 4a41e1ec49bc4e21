import { setTimeout as delay } from 'node:timers/promises';
import type { Deployment, ServiceRef } from '../cluster/deployment.ts';
import type { Host } from '../cluster/host.ts';
import type { ModeProof, ProxyMode } from '../cluster/provider.ts';
import { toldTogether } from '../cluster/unobservable.ts';
import { cleaningUp } from '../errors.ts';
import type { LoadSession } from '../load/session.ts';
import { waitFor } from '../wait.ts';
import { connections, type Opened, release } from './connections.ts';
import { movedLine } from './moved-text.ts';
import { distinctProblems, mayPass, type Problem, problemText } from './problem.ts';
import { reached } from './prove-service.ts';
import { type Counted, readRules, watch } from './watch.ts';
import { endpointsOf, servingEndpoints, type Way, waysAt } from './way.ts';

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
 * exactly N new connections from a client on that node add N to them. `failures` names the node. Where nobody can look into a node, the
 * client on it must be answered all the same, and its rules are unobservable.
 */
export async function proveRules(
  nodes: readonly Host[],
  mode: ProxyMode,
  deployment: Deployment,
  session: SessionOf,
  settleMs = SETTLE_MS,
): Promise<ModeProof> {
  const looks = await Promise.all(
    nodes.map(async (node) => {
      const client = deployment.clients.find((host) => host.node === node.name);
      if (node.unobservable !== undefined) return answersOnly(node, client, deployment, session, settleMs);
      const settled = await settledRules(node, mode, deployment);
      const each: Look[] = [];
      // One Service after another: they share the client, and releasing its connections would take the other's away.
      for (const service of deployment.services)
        each.push(await proveOnNode({ node, client, mode, problems: settled.get(service) ?? [] }, service, deployment, session));
      return { node: node.name, ...together(each) };
    }),
  );
  const unobservable = toldTogether(
    nodes.flatMap(({ name, unobservable: why }) => (why === undefined ? [] : [{ node: name, why }])),
  );
  const problems = looks.flatMap((look) => look.problems);
  return {
    mode,
    nodes: looks.map(({ node, evidence }) => ({ node, evidence })),
    failures: [
      ...looks.flatMap(({ node, failures }) => failures.map((failure) => `${node}: ${failure}`)),
      ...problems.map(problemText),
    ],
    problems,
    ...(unobservable.length ? { unobservable } : {}),
  };
}

interface Look {
  readonly evidence: readonly string[];
  readonly failures: readonly string[];
  readonly problems: readonly Problem[];
}

const together = (each: readonly Look[]): Look => ({
  evidence: each.flatMap(({ evidence }) => evidence),
  failures: each.flatMap(({ failures }) => failures),
  problems: each.flatMap(({ problems }) => problems),
});

/** What a client on a node that cannot be looked into gets from each Service. */
async function answersOnly(
  node: Host,
  client: Host | undefined,
  deployment: Deployment,
  session: SessionOf,
  settleMs: number,
): Promise<{ readonly node: string } & Look> {
  const evidence: string[] = [];
  const failures: string[] = [];
  if (!client) return { node: node.name, evidence, failures: [NO_CLIENT], problems: [] };
  const generator = await session(client);
  for (const service of deployment.services) {
    const name = `${service.namespace}/${service.name}`;
    const { inside } = waysAt(node, service, servingEndpoints(service, deployment));
    if (isDropped(inside, node)) {
      evidence.push(`${name}: ${DROPPED}`);
      continue;
    }
    const opened = await settledAnswers(generator, urlOf(inside), settleMs);
    const pods = [...new Set(opened.echoes.map(({ pod }) => pod))].sort();
    evidence.push(
      `${name}: ${opened.echoes.length} of ${PROOF_CONNECTIONS} new connections answered, by ${pods.join(', ') || 'nobody'}`,
    );
    failures.push(...opened.failures.map((failure) => `${name}: ${failure}`));
  }
  return { node: node.name, evidence, failures, problems: [] };
}

/** Whether kube-proxy has written its rules is not seen on such a node, so connections that fail are opened anew until the time is up. */
async function settledAnswers(generator: LoadSession, url: string, settleMs: number): Promise<Opened> {
  const end = performance.now() + settleMs;
  for (;;) {
    const opened = await cleaningUp(
      () => connections(generator, url, PROOF_CONNECTIONS),
      () => release(generator),
    );
    if (opened.failures.length === 0 || performance.now() >= end) return opened;
    await delay(200);
  }
}

const NO_CLIENT = 'no client on this node to send connections from';
const DROPPED =
  'internalTrafficPolicy Local and no endpoint on this node: what its pods send there is dropped, by design (KEP-2086)';

const urlOf = ({ address, port }: Way): string => `http://${address}:${port}/`;

/** Whether a node's rules lead nowhere because no endpoint is on it. */
const isDropped = (way: Way, node: Host): boolean =>
  way.spreads.length === 1 && way.spreads[0] === 'local' && endpointsOf(way, 'local', node.name).length === 0;

interface Place {
  readonly node: Host;
  readonly client: Host | undefined;
  readonly mode: ProxyMode;
  /** What its rules alone lack. */
  readonly problems: readonly Problem[];
}

async function proveOnNode(
  { node, client, mode, problems }: Place,
  service: ServiceRef,
  deployment: Deployment,
  session: SessionOf,
): Promise<Look> {
  const name = `${service.namespace}/${service.name}`;
  if (problems.length) return { evidence: [], failures: [], problems };
  const { inside } = waysAt(node, service, servingEndpoints(service, deployment));
  if (isDropped(inside, node)) return { evidence: [`${name}: ${DROPPED}`], failures: [], problems: [] };
  if (!client) return { evidence: [], failures: [`${name}: ${NO_CLIENT}`], problems: [] };
  const evidence: string[] = [];
  for (let count = 1; ; count += 1) {
    await using watching = await watch(node, mode, inside, { trace: false });
    const generator = await session(client);
    const opened = await connections(generator, urlOf(inside), PROOF_CONNECTIONS);
    if (opened.failures.length) {
      await release(generator);
      return { evidence, failures: opened.failures.map((failure) => `${name}: ${failure}`), problems: watching.problems };
    }
    const counted = await cleaningUp(
      () => watching.count(opened.ends),
      () => release(generator),
    );
    const found = problemsOf(counted, inside, node, opened.ends.length);
    evidence.push(...evidenceOf(counted, inside, node, opened.ends.length));
    if (found.length === 0 || count === COUNTS || !found.every(mayPass)) return { evidence, failures: [], problems: found };
  }
}

function evidenceOf({ entered, objects, led }: Counted, way: Way, { name }: Host, sent: number): string[] {
  const to = reached(way, name, led ?? new Map()).map(({ pod, connections: count }) => `${pod} ${count}`);
  const what = `${way.service.namespace}/${way.service.name}`;
  return [
    `${what}: ${entered} of ${sent} new connections to ${way.address}:${way.port} came in by its own rules${to.length > 0 ? `, led to ${to.join(', ')}` : ''}`,
    ...movedLine(objects).map((line) => `${what}: ${line}`),
  ];
}

function problemsOf({ entered, problems }: Counted, way: Way, node: Host, sent: number): Problem[] {
  const place = { node: node.name, service: `${way.service.namespace}/${way.service.name}` };
  const object = `the rules for ${way.address}:${way.port}`;
  return distinctProblems([
    ...problems,
    ...(entered === sent ? [] : [{ code: 'miscounted', ...place, object, expected: sent, counted: entered } as const]),
  ]);
}

/** What the rules of every Service lack on a node, once they lack nothing, or when the time is up. */
async function settledRules(
  node: Host,
  mode: ProxyMode,
  deployment: Deployment,
): Promise<ReadonlyMap<ServiceRef, readonly Problem[]>> {
  const read = async () => {
    const rules = await readRules(node, mode);
    return new Map(
      deployment.services.map((service) => {
        const ways = Object.values(waysAt(node, service, servingEndpoints(service, deployment))) as Way[];
        return [service, ways.filter((way) => !isDropped(way, node)).flatMap((way) => rules.check(way))] as const;
      }),
    );
  };
  let last: ReadonlyMap<ServiceRef, readonly Problem[]> = new Map();
  return waitFor(`rules on ${node.name}`, { deadlineMs: SETTLE_MS }, async () => {
    last = await read();
    const [late] = [...last.values()].flat();
    return late ? { seen: problemText(late) } : { value: last };
  }).catch((error: unknown) => {
    if (last.size === deployment.services.length) return last;
    throw error;
  });
}
