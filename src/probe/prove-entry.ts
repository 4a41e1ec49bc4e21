import type { Deployment, Target } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import { destinationOf } from '../cluster/contract/targets.ts';
import { type Announcement, exposureOf } from '../cluster/contract/topology.ts';
import { cleaningUp } from '../errors.ts';
import type { Hop } from '../proof/hop.ts';
import { together } from '../proof/look.ts';
import type { Problem } from '../proof/problem.ts';
import { arpAnswer } from './arp.ts';
import { connections, release } from './connections.ts';
import type { ClientEnd } from './conntrack.ts';
import { arrivals, ecmpRoutes, elsewhere, spreadProblems } from './ecmp.ts';
import { type EntryContext, type EntryProof, noEntry, plainProof } from './entry-proof.ts';
import { hostPort, nodesOwn } from './prove-host-port.ts';
import { serviceAt, serviceFindings, watchEach } from './prove-service.ts';
import { servingEndpoints, wayOf } from './way.ts';

/** So many show each of a few nodes' shares. */
const MANY = 200;

/** The proof of a target's way into the cluster. */
export async function entryProof(target: Target, context: EntryContext): Promise<EntryProof> {
  const exposure = exposureOf(target.topology);
  if (exposure?.entry === 'host-port') return hostPort(target, context);
  if (exposure?.entry === 'load-balancer') return announced[exposure.announce](target, context);
  const entry = context.nodes.find(({ name }) => name === target.entryNode);
  return target.service && entry ? serviceAt(entry, target, context) : plainProof({});
}

/** L2: exactly one node answers ARP for the address, and all connections come in there. */
async function leader(target: Target, context: EntryContext): Promise<EntryProof> {
  const { nodes, deployment, session } = context;
  const { address, port } = destinationOf(target.url);
  const asker = deployment.router?.host ?? target.from[0];
  // An old answer says nothing of now; and a neighbour is only looked up for an address that something is sent to.
  await asker.inNetwork(['ip', 'neighbour', 'flush', 'to', address], { accept: 'any', timeoutMs: 30_000 });
  await cleaningUp(
    () => connections(session, target.url, 1),
    () => release(session),
  );
  const answer = await arpAnswer(asker, address, nodes);
  if ('problem' in answer) return noEntry(answer.problem);
  const { leader: entry, mac } = answer;
  const node = entry.name;
  const rules = await serviceAt(entry, target, context, { answersArpFor: address });
  return {
    ...rules,
    judge: async (opened) => {
      const found = await rules.judge!(opened);
      const counts = countsOf(await arrivals(nodes, opened.ends, { address, port }));
      return {
        ...found,
        hops: [...routerHop(deployment), ...found.hops],
        evidence: [{ code: 'answers-arp', asker: asker.name, node, mac, address }, ...found.evidence],
        problems: [
          ...found.problems,
          ...elsewhere(counts, [entry]).map((one): Problem => ({ code: 'came-in-elsewhere', ...one, leader: node })),
        ],
      };
    },
  };
}

/** BGP: every announcing node is an entry, and connections are spread over them by flow; each node's own rules take those that came to it. */
async function everyNode(target: Target, context: EntryContext): Promise<EntryProof> {
  const { nodes, deployment, mode } = context;
  const { router } = deployment;
  const { address, port } = destinationOf(target.url);
  if (!router || !target.service) return noEntry({ code: 'no-router' });
  const entries = announcing(target, nodes, deployment);
  const routes = await ecmpRoutes(router, address, entries);
  if (routes.problems.length > 0) return plainProof({ connections: MANY, problems: routes.problems });
  const way = wayOf(target, target.service, mode, deployment);
  const watches = await watchEach(entries, way, context);
  return {
    connections: MANY,
    problems: [...watches.values()].flatMap(({ problems }) => problems),
    judge: async (opened) => {
      const all = opened.ends.length;
      const came = await arrivals(nodes, opened.ends, { address, port });
      const counts = countsOf(came);
      const shares = entries.map((node) => ({ node: node.name, connections: counts.get(node) ?? 0 }));
      const each = await Promise.all(
        [...watches].map(async ([node, watching]) => {
          const ends = came.get(node) ?? [];
          return serviceFindings(node.name, way, await watching.count(ends), { mode, sent: ends.length });
        }),
      );
      const look = together(each);
      const counted = each.length > 0 && each.every(({ endpoints }) => endpoints);
      return {
        ...look,
        hops: [...routerHop(deployment), { kind: 'entries', shares, connections: all }, ...each.flatMap(({ hops }) => hops)],
        evidence: [...routes.evidence, { code: 'shares', address, port, connections: all, shares }, ...look.evidence],
        problems: [...spreadProblems(counts, entries, all), ...look.problems],
        objects: each.flatMap(({ objects }) => objects),
        ...(counted ? { endpoints: each.flatMap(({ endpoints = [] }) => endpoints) } : {}),
      };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...watches.values()].map((watching) => watching[Symbol.asyncDispose]()));
    },
  };
}

const countsOf = (came: ReadonlyMap<Host, readonly ClientEnd[]>): ReadonlyMap<Host, number> =>
  new Map([...came].map(([node, ends]) => [node, ends.length]));

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

const routerHop = ({ router }: Deployment): Hop[] => (router ? [{ kind: 'router', host: router.host.name }] : []);
