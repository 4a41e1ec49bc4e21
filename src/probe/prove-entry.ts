import type { Deployment, Target } from '../cluster/deployment.ts';
import type { Host } from '../cluster/host.ts';
import { type Announcement, exposureOf } from '../cluster/topology.ts';
import { cleaningUp } from '../errors.ts';
import { arpAnswer } from './arp.ts';
import { connections, release } from './connections.ts';
import { arrivals, ecmpRoutes, unevenShares } from './ecmp.ts';
import { destinationOf, type EntryContext, type EntryProof, plainProof } from './entry-proof.ts';
import { hostPort, nodesOwn } from './prove-host-port.ts';
import { serviceAt, serviceFindings, watchEach } from './prove-service.ts';
import { servingEndpoints, wayOf } from './way.ts';

/** So many show each of a few nodes' shares. */
const MANY = 200;

export async function entryProof(target: Target, context: EntryContext): Promise<EntryProof> {
  const exposure = exposureOf(target.topology);
  if (exposure?.entry === 'host-port') return hostPort(target, context);
  if (exposure?.entry === 'load-balancer') return announced[exposure.announce](target, context);
  const entry = context.nodes.find(({ name }) => name === target.entryNode);
  return target.service && entry ? serviceAt(entry, target, context) : plainProof({});
}

/** L2: exactly one node answers ARP for the address, and all connections come in there. */
async function leader(target: Target, context: EntryContext): Promise<EntryProof> {
  const { nodes, deployment, session, short } = context;
  const { address, port } = destinationOf(target.url);
  const asker = deployment.router?.host ?? target.from;
  // What was answered some time ago says nothing of now; and nobody asks for an address that nothing is sent to.
  await asker.inNetwork(['ip', 'neighbour', 'flush', 'to', address], { accept: 'any', timeoutMs: 30_000 });
  await cleaningUp(
    () => connections(session, target.url, 1),
    () => release(session),
  );
  const answer = await arpAnswer(asker, address, nodes);
  if (!answer.leader) return plainProof({ failures: [answer.failure ?? 'no answer'] });
  const node = answer.leader;
  const rules = await serviceAt(node, target, context, `answers ARP for ${address}; `);
  return {
    ...rules,
    judge: async (opened) => {
      const found = await rules.judge(opened);
      const came = await arrivals(nodes, opened.ends, { address, port });
      const elsewhere = [...came].filter(([other, ends]) => other !== node && ends.length > 0);
      return {
        ...found,
        hops: [...routerHop(deployment, short), ...found.hops],
        evidence: [`${asker.name}: ${answer.mac} of ${node.name} answers ARP for ${address}`, ...found.evidence],
        failures: [
          ...found.failures,
          ...elsewhere.map(
            ([other, ends]) => `${other.name}: ${ends.length} connections came in here, and ${node.name} answers for the address`,
          ),
        ],
      };
    },
  };
}

/** BGP: every announcing node is an entry, and connections are spread over them by flow; each node's own rules take those that came to it. */
async function everyNode(target: Target, context: EntryContext): Promise<EntryProof> {
  const { nodes, deployment, short, mode } = context;
  const { router } = deployment;
  const { address, port } = destinationOf(target.url);
  if (!router || !target.service) return plainProof({ failures: ['there is no router to announce to'] });
  const entries = announcing(target, nodes, deployment);
  const routes = await ecmpRoutes(router, address, entries);
  const way = wayOf(target, target.service, mode, deployment);
  const watches = await watchEach(entries, way, context);
  return {
    connections: MANY,
    failures: routes.failures,
    problems: [...watches.values()].flatMap(({ problems }) => problems),
    judge: async (opened) => {
      const all = opened.ends.length;
      const came = await arrivals(nodes, opened.ends, { address, port });
      const counts = new Map([...came].map(([node, ends]) => [node, ends.length]));
      const shares = entries.map((node) => `${short(node.name)} ${counts.get(node) ?? 0}`).join(', ');
      const uneven = unevenShares(counts, entries, all);
      const each = await Promise.all(
        [...watches].map(async ([node, watching]) => {
          const ends = came.get(node) ?? [];
          const counted = await watching.count(ends);
          return serviceFindings(node, way, counted, { context, before: '', sent: ends.length });
        }),
      );
      return {
        hops: [
          ...routerHop(deployment, short),
          `each of ${entries.length} nodes is an entry: ${shares} of ${all} connections`,
          ...each.flatMap(({ hops }) => hops),
        ],
        evidence: [
          ...routes.evidence,
          `${all} new connections to ${address}:${port} came in by ${shares} (connection tracking)`,
          ...each.flatMap(({ evidence }) => evidence),
        ],
        failures: uneven.failures,
        problems: [...uneven.problems, ...each.flatMap(({ problems = [] }) => problems)],
        objects: each.flatMap(({ objects = [] }) => objects),
        ...(each.length > 0 && each.every(({ endpoints }) => endpoints)
          ? { endpoints: each.flatMap(({ endpoints = [] }) => endpoints) }
          : {}),
      };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...watches.values()].map((watching) => watching[Symbol.asyncDispose]()));
    },
  };
}

/** With externalTrafficPolicy Local a node announces when it has a pod behind the Service; the control plane never does (its label says so). */
function announcing(target: Target, nodes: readonly Host[], deployment: Deployment): Host[] {
  const exposure = exposureOf(target.topology);
  const pods = target.service ? servingEndpoints(target.service, deployment) : deployment.endpoints;
  const local = exposure?.entry === 'load-balancer' && exposure.trafficPolicy === 'local';
  return nodes.filter(({ role, name }) => role === 'worker' && (!local || pods.some(({ node }) => node === name)));
}

const announced: Readonly<Record<Announcement, (target: Target, context: EntryContext) => Promise<EntryProof>>> = {
  l2: leader,
  bgp: everyNode,
  servicelb: nodesOwn,
};

const routerHop = ({ router }: Deployment, short: (name: string) => string): string[] =>
  router ? [`${short(router.host.name)}: routes`] : [];
