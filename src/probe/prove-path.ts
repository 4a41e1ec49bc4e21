import type { Deployment, Target } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import type { ProxyMode } from '../cluster/contract/provider.ts';
import { exposureOf } from '../cluster/contract/topology.ts';
import { cleaningUp } from '../errors.ts';
import type { LoadSession } from '../load/session.ts';
import type { ReachedEndpoint } from '../results/schema.ts';
import type { Echo } from '../workload/echo.ts';
import { type ClientAddress, clientAddressOf, plain } from './client-address.ts';
import { connections, type Opened, release } from './connections.ts';
import type { EntryProof } from './entry-proof.ts';
import { type Findings, nothingFound } from './findings.ts';
import { distinctProblems, mayPass, type Problem, problemText } from './problem.ts';
import { entryProof } from './prove-entry.ts';

/** One target's way, hop by hop, as observed with real connections; `failures` is empty when it is proven. */
export interface PathProof extends Findings {
  readonly problems: readonly Problem[];
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
  const { from, url, alternates = [] } = target;
  const session = await sessionOf(from);
  const short = shortNames(nodes.map(({ name }) => name));
  const client = `${short(from.name)}${from.node ? ` (pod on ${short(from.node)})` : ' (outside the cluster)'} connects to ${[url, ...alternates].map((one) => new URL(one).host).join(', ')}`;
  const tried = async (): Promise<PathProof> => {
    await using entry = await entryProof(target, { nodes, mode, deployment, short, session });
    const opened = await openAll(session, target, entry);
    const entered = await cleaningUp(
      async () => (entry.failures.length > 0 ? nothingFound : entry.judge(opened)),
      () => release(session),
    );
    const carried = carriedBy(target, opened.echoes, short);
    const answered = answeredBy(target, opened.echoes, { deployment, nodes, mode, short });
    const clientAddress = clientAddressOf(opened.echoes, from.address);
    const own = answersAt(target, opened.echoes, deployment);
    const problems = distinctProblems([
      ...entry.problems,
      ...(entered.problems ?? []),
      ...(entered.endpoints && opened.failures.length === 0 ? disagreements(target, entered.endpoints, own) : []),
    ]);
    return {
      hops: [client, ...entered.hops, ...carried.hops, ...answered.hops],
      evidence: [...entered.evidence, ...carried.evidence, ...answered.evidence],
      failures: [
        ...entry.failures,
        ...problems.map(problemText),
        ...reasons(target, opened),
        ...entered.failures,
        ...carried.failures,
        ...answered.failures,
      ],
      problems,
      objects: entered.objects ?? [],
      endpoints: merged(entered.endpoints ?? own),
      ...(entered.unobservable ? { unobservable: entered.unobservable } : {}),
      ...(clientAddress ? { clientAddress } : {}),
    };
  };
  const first = await tried();
  // Chance and a kube-proxy that writes rules meanwhile are asked once more; anything else fails again.
  const passing = first.problems.length === first.failures.length && first.problems.every(mayPass);
  if (first.failures.length === 0 || !passing) return first;
  const second = await tried();
  return {
    ...second,
    evidence: [...first.failures.map((failure) => `tried twice, since at first: ${failure}`), ...second.evidence],
  };
}

/** Where the connections were answered first: by the controller's pods at an ingress, else by the pods that told. */
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
    service: service ? `${service.namespace}/${service.name}` : `hostPort ${new URL(url).port || 80}`,
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
    failures: each.flatMap(({ failures }) => failures),
  };
}

/** What was answered amiss, and what an answer of a controller's own says of its Ingress. */
function reasons({ controller }: Target, { failures }: Opened): readonly string[] {
  if (!controller) return failures;
  const said = {
    404: 'knows no Ingress rule for this: is its ingressClassName that of the controller?',
    503: 'has no ready endpoint behind the Ingress',
  };
  const status = Object.keys(said).find((code) => failures.some((failure) => failure.includes(`status ${code}`)));
  return status === undefined
    ? failures
    : [...failures, `${controller.controller} answers, and ${said[Number(status) as 404 | 503]}`];
}

/** The proxies that carried the requests: the backend's connections come from their pods. */
function carriedBy({ controller }: Target, echoes: readonly Echo[], short: (name: string) => string): Findings {
  if (!controller || echoes.length === 0) return nothingFound;
  const pods = new Map(controller.pods.map((pod) => [pod.address, pod]));
  const carriers = echoes.flatMap(({ remoteAddress }) => pods.get(plain(remoteAddress)) ?? []);
  const names = [...new Set(carriers.map(({ pod, node }) => `${pod} on ${short(node)}`))].sort();
  const strangers = [...new Set(echoes.map(({ remoteAddress }) => plain(remoteAddress)))].filter((address) => !pods.has(address));
  return {
    hops: [`[${controller.controller}] ${names.join(', ')}: a process carries the request`],
    evidence: [
      `${carriers.length} of ${echoes.length} requests came to the backend from ${names.join(', ') || 'no pod of the controller'}`,
    ],
    failures: strangers.map(
      (address) => `a request came to the backend from ${address}, which is no pod of ${controller.controller}`,
    ),
  };
}

interface Surroundings {
  readonly deployment: Deployment;
  readonly nodes: readonly Host[];
  readonly mode: ProxyMode;
  readonly short: (name: string) => string;
}

function answeredBy(target: Target, echoes: readonly Echo[], { deployment, nodes, mode, short }: Surroundings): Findings {
  const strangers = echoes.filter(({ pod }) => !deployment.endpoints.some((endpoint) => endpoint.pod === pod));
  const failures = [
    ...(strangers.length
      ? [`answered by ${[...new Set(strangers.map(({ pod }) => pod))].join(', ')}, which is no endpoint of the target`]
      : []),
    // In userspace mode a process stands between, whatever the policy: the pod sees that process's node, and any endpoint may answer.
    ...(mode === 'userspace' ? [] : localFailures(target, echoes)),
  ];
  if (echoes.length === 0) return { ...nothingFound, failures };
  const answered = [...new Set(echoes.map(({ pod, node }) => `${pod} on ${short(node)}`))].sort();
  const seen = [...new Set(echoes.map(({ remoteAddress }) => plain(remoteAddress)))].sort();
  const names = seen.map((address) => nameOf(address, nodes, target, short));
  return {
    hops: [`${answered.join(', ')}: saw ${names.join(', ')}`],
    evidence: [`${echoes.length} answers from ${answered.length} pods, which saw ${seen.join(', ')}`],
    failures,
  };
}

/**
 * externalTrafficPolicy Local promises a client outside the node's own pods, and that they see its address (KEP-1669). At an ingress the
 * pods of the controller are the ones who see it, and they hand it on in X-Forwarded-For.
 */
function localFailures(target: Target, echoes: readonly Echo[]): string[] {
  const { vantage, entryNode, from, controller } = target;
  const exposure = exposureOf(target.topology);
  if (!exposure || exposure.entry === 'host-port' || exposure.trafficPolicy !== 'local' || vantage !== 'outside') return [];
  const where = entryNode ?? 'the entry';
  const elsewhere = controller || !entryNode ? [] : echoes.filter(({ node }) => node !== entryNode);
  const addressOf = ({ forwardedFor = '', remoteAddress }: Echo) =>
    plain(controller ? (forwardedFor.split(',')[0] ?? '') : remoteAddress);
  const masqueraded = echoes.filter((echo) => addressOf(echo) !== from.address);
  return [
    ...(elsewhere.length ? [`${where}: traffic policy Local, and ${elsewhere[0]?.pod} on ${elsewhere[0]?.node} answered`] : []),
    ...(masqueraded.length
      ? [`${where}: traffic policy Local, and the pod saw ${addressOf(masqueraded[0]!)}, not the client`]
      : []),
  ];
}

function nameOf(address: string, nodes: readonly Host[], { from, controller }: Target, short: (name: string) => string): string {
  if (address === from.address) return `${address} (the client itself)`;
  const proxy = controller?.pods.find((pod) => pod.address === address);
  if (proxy) return `${address} (${controller!.controller})`;
  const node = nodes.find((one) => one.address === address);
  return `${address} (masqueraded by ${node ? short(node.name) : 'an address of a node'})`;
}

/** Drops what all names of a cluster begin with, up to a hyphen: hops are read by people, and evidence keeps the whole names. */
export function shortNames(names: readonly string[]): (name: string) => string {
  const [first = ''] = names;
  let common = first;
  for (const name of names) while (!name.startsWith(common)) common = common.slice(0, -1);
  const prefix = common.slice(0, common.lastIndexOf('-') + 1);
  return (name) => (name.startsWith(prefix) && name.length > prefix.length ? name.slice(prefix.length) : name);
}
