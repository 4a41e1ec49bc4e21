import type { Deployment, Target } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import type { ProxyMode } from '../cluster/contract/provider.ts';
import { destinationOf } from '../cluster/contract/targets.ts';
import { exposureOf } from '../cluster/contract/topology.ts';
import { cleaningUp } from '../errors.ts';
import type { LoadSession } from '../load/session.ts';
import type { ClientAddress, Hop, ReachedEndpoint } from '../proof/hop.ts';
import { together } from '../proof/look.ts';
import type { Problem } from '../proof/problem.ts';
import type { Echo } from '../workload/echo.ts';
import { clientAddressOf, plain } from './client-address.ts';
import { connections, type NoAnswer, type Opened, release } from './connections.ts';
import type { EntryProof } from './entry-proof.ts';
import { type Findings, nothingFound } from './findings.ts';
import { distinctProblems, mayPass } from './problem.ts';
import { entryProof } from './prove-entry.ts';

/** One target's way, hop by hop, as observed with real connections. */
export interface PathProof extends Findings {
  /** The names of the cluster's nodes. */
  readonly nodes: readonly string[];
  readonly endpoints: readonly ReachedEndpoint[];
  readonly clientAddress?: ClientAddress;
}

/**
 * Proves a target's path with N new connections from where it is reached: they come in where they should and are counted there, at an
 * ingress one of the controller's pods carries each, only the Service's own endpoints answer, and the address that they saw says who
 * masqueraded.
 */
export async function provePath(
  nodes: readonly Host[],
  mode: ProxyMode,
  deployment: Deployment,
  target: Target,
  sessionOf: (host: Host) => Promise<LoadSession>,
): Promise<PathProof> {
  const session = await sessionOf(target.from[0]);
  const tried = async (): Promise<PathProof> => {
    await using entry = await entryProof(target, { nodes, mode, deployment, session });
    const opened = await openAll(session, target, entry);
    const entered = await cleaningUp(
      async () => entry.judge?.(opened) ?? nothingFound,
      () => release(session),
    );
    const carried = carriedBy(target, opened.echoes);
    const answered = answeredBy(target, opened, { deployment, nodes, mode });
    const clientAddress = clientAddressOf(opened.echoes, target.from[0].address);
    const own = answersAt(target, opened.echoes, deployment);
    const counted = entered.endpoints && opened.unanswered.length === 0;
    const parts = [entered, carried, answered];
    return {
      ...together(parts),
      hops: [clientHop(target), ...parts.flatMap(({ hops }) => hops)],
      nodes: nodes.map(({ name }) => name),
      problems: distinctProblems([
        ...entry.problems,
        ...entered.problems,
        ...(counted ? disagreements(target, entered.endpoints!, own) : []),
        ...opened.unanswered,
        ...ownAnswers(target, opened.unanswered),
        ...carried.problems,
        ...answered.problems,
      ]),
      objects: entered.objects,
      endpoints: merged(entered.endpoints ?? own),
      ...(clientAddress ? { clientAddress } : {}),
    };
  };
  const first = await tried();
  // Chance and a kube-proxy that writes rules meanwhile are asked once more; anything else fails again.
  if (first.problems.length === 0 || !first.problems.every(mayPass)) return first;
  const second = await tried();
  return { ...second, evidence: [{ code: 'tried-again', problems: first.problems }, ...second.evidence] };
}

function clientHop({ from: [from], url, alternates = [] }: Target): Hop {
  const to = [url, ...alternates].map((one) => new URL(one).host);
  return { kind: 'client', host: from.name, ...(from.node === undefined ? {} : { node: from.node }), to };
}

/** Where the connections were answered first: by the controller's pods at an ingress, else by the echo pods. */
function answersAt({ controller }: Target, echoes: readonly Echo[], deployment: Deployment): ReachedEndpoint[] {
  const pods = controller?.pods ?? deployment.endpoints;
  const first = echoes.flatMap((echo) =>
    pods.filter((one) => (controller ? one.address === plain(echo.remoteAddress) : one.pod === echo.pod)),
  );
  return merged(first.map(({ pod, node, address }) => ({ pod, node, address, connections: 1 })));
}

/** Each endpoint once, by name, with all its connections. */
function merged(each: readonly ReachedEndpoint[]): ReachedEndpoint[] {
  const found = new Map<string, ReachedEndpoint>();
  for (const one of each) {
    const connections = one.connections + (found.get(one.pod)?.connections ?? 0);
    found.set(one.pod, { ...one, connections });
  }
  return [...found.values()].sort((one, other) => (one.pod < other.pod ? -1 : 1));
}

/** Where the kernel led connections, and where they were answered, are the same. */
function disagreements(target: Target, led: readonly ReachedEndpoint[], answers: readonly ReachedEndpoint[]): Problem[] {
  const { service, entryNode, url } = target;
  const counts = merged(led);
  const place = {
    node: entryNode ?? 'the nodes',
    service: service ? `${service.namespace}/${service.name}` : `hostPort ${destinationOf(url).port}`,
  };
  return [...new Set([...counts, ...answers].map(({ pod }) => pod))].flatMap((endpoint): Problem[] => {
    const [counted, answered] = [counts, answers].map((some) => some.find(({ pod }) => pod === endpoint)?.connections ?? 0);
    return counted === answered ? [] : [{ code: 'answers-disagree', ...place, endpoint, counted: counted!, answered: answered! }];
  });
}

/** A target with several addresses is proven at each of them. */
async function openAll(session: LoadSession, { url, alternates = [] }: Target, entry: EntryProof): Promise<Opened> {
  const urls = [url, ...alternates];
  const each: Opened[] = [];
  for (const one of urls) each.push(await connections(session, one, Math.ceil(entry.connections / urls.length)));
  return {
    ends: each.flatMap(({ ends }) => ends),
    echoes: each.flatMap(({ echoes }) => echoes),
    unanswered: each.flatMap(({ unanswered }) => unanswered),
  };
}

/** An ingress controller answers itself where it knows no rule for a request, or no ready endpoint. */
function ownAnswers({ controller }: Target, unanswered: readonly NoAnswer[]): Problem[] {
  const statuses = unanswered.flatMap((one) => one.statuses);
  const status = ([404, 503] as const).find((own) => statuses.includes(own));
  return controller && status ? [{ code: 'controller-answers', controller: controller.controller, status }] : [];
}

/** The proxies that carried the requests: the backend's connections come from their pods. */
function carriedBy({ controller: deployed }: Target, echoes: readonly Echo[]): Findings {
  if (!deployed || echoes.length === 0) return nothingFound;
  const { controller } = deployed;
  const pods = new Map(deployed.pods.map((pod) => [pod.address, pod]));
  const sources = echoes.map(({ remoteAddress }) => plain(remoteAddress));
  const carriers = sources.flatMap((address) => pods.get(address) ?? []);
  const carrying = podsOf(carriers);
  const strangers = [...new Set(sources)].filter((address) => !pods.has(address));
  return {
    ...nothingFound,
    hops: [{ kind: 'controller', controller, pods: carrying }],
    evidence: [
      { code: 'carried', controller, requests: carriers.length, of: echoes.length, pods: carrying.map(({ pod }) => pod) },
    ],
    problems: strangers.map((address) => ({ code: 'carried-by-stranger', controller, address })),
  };
}

/** Each pod once, by name. */
const podsOf = (all: readonly { readonly pod: string; readonly node: string }[]) =>
  [...new Map(all.map(({ pod, node }) => [pod, { pod, node }])).values()].sort((one, other) => (one.pod < other.pod ? -1 : 1));

interface Surroundings {
  readonly deployment: Deployment;
  readonly nodes: readonly Host[];
  readonly mode: ProxyMode;
}

function answeredBy(target: Target, { echoes, ends }: Opened, { deployment, nodes, mode }: Surroundings): Findings {
  const known = new Set(deployment.endpoints.map(({ pod }) => pod));
  const strangers = [...new Set(echoes.map(({ pod }) => pod))].filter((pod) => !known.has(pod));
  const problems: Problem[] = [
    ...(strangers.length > 0 ? [{ code: 'answered-by-stranger', pods: strangers } as const] : []),
    // In userspace mode a process is in between, whatever the policy: the pod sees that process's node, and any endpoint may answer.
    ...(mode === 'userspace' ? [] : localProblems(target, echoes)),
  ];
  if (echoes.length === 0) return { ...nothingFound, problems };
  const pods = podsOf(echoes);
  const saw = [...new Set(echoes.map(({ remoteAddress }) => plain(remoteAddress)))].sort();
  return {
    ...nothingFound,
    hops: [{ kind: 'pods', pods, saw: saw.map((address) => seenAs(address, nodes, target)) }],
    evidence: [{ code: 'answered', answers: echoes.length, sent: ends.length, pods: pods.map(({ pod }) => pod), saw }],
    problems,
  };
}

/**
 * externalTrafficPolicy Local promises a client outside the node's own pods, and that they see its address (KEP-1669). At an ingress the
 * pods of the controller are the ones who see it, and they hand it on in X-Forwarded-For.
 */
function localProblems(target: Target, echoes: readonly Echo[]): Problem[] {
  const {
    vantage,
    entryNode,
    from: [from],
    controller,
  } = target;
  const exposure = exposureOf(target.topology);
  if (!exposure || exposure.entry === 'host-port' || exposure.trafficPolicy !== 'local' || vantage !== 'outside') return [];
  const place = entryNode === undefined ? {} : { node: entryNode };
  const elsewhere = controller || !entryNode ? undefined : echoes.find(({ node }) => node !== entryNode);
  const addressOf = ({ forwardedFor = '', remoteAddress }: Echo) =>
    plain(controller ? (forwardedFor.split(',')[0] ?? '') : remoteAddress);
  const masqueraded = echoes.find((echo) => addressOf(echo) !== from.address);
  return [
    ...(elsewhere ? [{ code: 'answered-elsewhere', ...place, pod: elsewhere.pod, podNode: elsewhere.node } as const] : []),
    ...(masqueraded ? [{ code: 'masqueraded', ...place, saw: addressOf(masqueraded) } as const] : []),
  ];
}

/** Whose address a pod saw as its client's. */
function seenAs(address: string, nodes: readonly Host[], { from: [from], controller }: Target): SeenAddress {
  if (address === from.address) return { address, of: 'client' };
  if (controller?.pods.some((pod) => pod.address === address)) return { address, of: 'controller', name: controller.controller };
  const node = nodes.find((one) => one.address === address);
  return node ? { address, of: 'node', name: node.name } : { address, of: 'unknown' };
}

type SeenAddress = Extract<Hop, { kind: 'pods' }>['saw'][number];
