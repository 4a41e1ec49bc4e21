import type { Deployment, Target } from '../cluster/deployment.ts';
import type { Host } from '../cluster/host.ts';
import type { ProxyMode } from '../cluster/provider.ts';
import { type Announcement, exposureOf } from '../cluster/topology.ts';
import { arpAnswer } from './arp.ts';
import { connections, release } from './connections.ts';
import { arrivals, ecmpRoutes, unevenShares } from './ecmp.ts';
import { closedNode, destinationOf, type EntryContext, type EntryProof, FEW } from './entry-proof.ts';
import { nothingFound } from './findings.ts';
import { hostPort, nodesOwn } from './prove-host-port.ts';
import { countNew } from './prove-rules.ts';
import { serviceRules } from './service-rules.ts';

/** So many show each of a few nodes' shares. */
const MANY = 200;

export async function entryProof(target: Target, context: EntryContext): Promise<EntryProof> {
  const exposure = exposureOf(target.topology);
  if (exposure?.entry === 'host-port') return hostPort(target, context);
  if (exposure?.entry === 'load-balancer') return announced[exposure.announce](target, context);
  const entry = context.nodes.find(({ name }) => name === target.entryNode);
  return target.service && entry
    ? serviceAt(entry, target, context)
    : { connections: FEW, failures: [], judge: async () => nothingFound };
}

/** The Service's own rules on the node where connections come in count exactly those that were opened. */
async function serviceAt(entry: Host, { service, url }: Target, { mode, short }: EntryContext, before = ''): Promise<EntryProof> {
  if (entry.unobservable !== undefined) return closedNode(entry, short);
  const rules = await serviceRules(entry, mode, service!);
  return {
    connections: FEW,
    failures: rules.missing.map((missing) => `${entry.name}: ${missing}`),
    judge: async (opened) => {
      const counted = await countNew(entry, mode, service!, destinationOf(url), opened, rules.spread);
      return {
        hops: [`${short(entry.name)}: ${before}${carrierOf(mode, rules.found[0] ?? '')}`],
        evidence: [`${entry.name}: ${counted.text}`],
        failures: counted.failure ? [`${entry.name}: ${counted.failure}`] : [],
      };
    },
  };
}

/** L2: exactly one node answers ARP for the address, and all connections come in there. */
async function leader(target: Target, context: EntryContext): Promise<EntryProof> {
  const { nodes, deployment, session, short } = context;
  const { address, port } = destinationOf(target.url);
  const asker = deployment.router?.host ?? target.from;
  // What was answered some time ago says nothing of now; and nobody asks for an address that nothing is sent to.
  await asker.inNetwork(['ip', 'neighbour', 'flush', 'to', address], { accept: 'any', timeoutMs: 30_000 });
  await connections(session, target.url, 1).finally(() => release(session));
  const answer = await arpAnswer(asker, address, nodes);
  if (!answer.leader) return { connections: FEW, failures: [answer.failure ?? 'no answer'], judge: async () => nothingFound };
  const node = answer.leader;
  const rules = await serviceAt(node, target, context, `answers ARP for ${address}; `);
  return {
    ...rules,
    judge: async (opened) => {
      const found = await rules.judge(opened);
      const elsewhere = [
        ...(await arrivals(
          nodes.filter((other) => other !== node),
          opened.ends,
          { address, port },
        )),
      ].filter(([, count]) => count > 0);
      return {
        hops: [...routerHop(deployment, short), ...found.hops],
        evidence: [`${asker.name}: ${answer.mac} of ${node.name} answers ARP for ${address}`, ...found.evidence],
        failures: [
          ...found.failures,
          ...elsewhere.map(
            ([other, count]) => `${other.name}: ${count} connections came in here, and ${node.name} answers for the address`,
          ),
        ],
      };
    },
  };
}

/** BGP: every announcing node is an entry, and connections are spread over them by flow. */
async function everyNode(target: Target, { nodes, deployment, short }: EntryContext): Promise<EntryProof> {
  const { router } = deployment;
  const { address, port } = destinationOf(target.url);
  if (!router) return { connections: FEW, failures: ['there is no router to announce to'], judge: async () => nothingFound };
  const entries = announcing(target, nodes, deployment);
  const routes = await ecmpRoutes(router, address, entries);
  return {
    connections: MANY,
    failures: routes.failures,
    judge: async (opened) => {
      const counts = await arrivals(nodes, opened.ends, { address, port });
      const shares = entries.map((node) => `${short(node.name)} ${counts.get(node) ?? 0}`).join(', ');
      return {
        hops: [
          ...routerHop(deployment, short),
          `each of ${entries.length} nodes is an entry: ${shares} of ${opened.ends.length} connections`,
        ],
        evidence: [
          ...routes.evidence,
          `${opened.ends.length} new connections to ${address}:${port} came in by ${shares} (connection tracking)`,
        ],
        failures: unevenShares(counts, entries, opened.ends.length),
      };
    },
  };
}

/** With externalTrafficPolicy Local a node announces when it has a pod behind the Service; the control plane never does (its label says so). */
function announcing(target: Target, nodes: readonly Host[], deployment: Deployment): Host[] {
  const exposure = exposureOf(target.topology);
  const pods = target.service?.endpoints ?? deployment.endpoints;
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

function carrierOf(mode: ProxyMode, found: string): string {
  return mode === 'userspace'
    ? `kernel redirects to a user-space process, which copies (${found})`
    : `kernel, ${mode} (${found})`;
}
