import type { Deployment, Host, ProxyMode, Target } from '../cluster/provider.ts';
import type { Echo } from '../load/protocol.ts';
import type { LoadSession } from '../load/session.ts';
import { connections, type Opened, release } from './connections.ts';
import { countNew } from './prove-rules.ts';
import { serviceRules } from './service-rules.ts';

/** One target's way, hop by hop, as observed with real connections; `failures` is empty when it is proven. */
export interface PathProof {
  readonly hops: readonly string[];
  readonly evidence: readonly string[];
  readonly failures: readonly string[];
}

/** Enough that each of a handful of endpoints answers at least once, most of the time. */
const PROOF_CONNECTIONS = 12;

/**
 * Proves a target's path with N new connections from where it is reached: the rules of the node where they enter count exactly N,
 * only the Service's own endpoints answer, and the address that they saw says who masqueraded.
 */
export async function provePath(
  nodes: readonly Host[],
  mode: ProxyMode,
  deployment: Deployment,
  target: Target,
  session: (host: Host) => Promise<LoadSession>,
): Promise<PathProof> {
  const { service, from, url } = target;
  const entry = nodes.find(({ name }) => name === target.entryNode);
  const failures: string[] = [];
  const before = service && entry ? await serviceRules(entry, mode, service) : undefined;
  failures.push(...(before?.missing ?? []).map((missing) => `${entry?.name}: ${missing}`));
  const generator = await session(from);
  const opened = await openAll(generator, target);
  failures.push(...opened.failures);
  const { hostname, port } = new URL(url);
  const short = shortNames(nodes.map(({ name }) => name));
  const hops = [
    `${short(from.name)}${from.node ? ` (pod on ${short(from.node)})` : ' (outside the cluster)'} connects to ${[url, ...(target.alternates ?? [])].map((one) => new URL(one).host).join(', ')}`,
  ];
  const evidence: string[] = [];
  if (service && entry && before && !failures.length) {
    const counted = await countNew(entry, mode, service, { address: hostname, port: Number(port || 80) }, opened, before.spread);
    if (counted.failure) failures.push(`${entry.name}: ${counted.failure}`);
    evidence.push(`${entry.name}: ${counted.text}`);
    hops.push(`${short(entry.name)}: ${carrierOf(mode, before.found[0] ?? '')}`);
  }
  await release(generator);
  const strangers = opened.echoes.filter(({ pod }) => !deployment.endpoints.some((endpoint) => endpoint.pod === pod));
  if (strangers.length)
    failures.push(`answered by ${[...new Set(strangers.map(({ pod }) => pod))].join(', ')}, which is no endpoint of the target`);
  // In userspace mode a process stands between, whatever the policy: the pod sees that process's node, and any endpoint may answer.
  if (mode !== 'userspace') failures.push(...localFailures(target, opened.echoes));
  const answered = [...new Set(opened.echoes.map(({ pod, node }) => `${pod} on ${short(node)}`))].sort();
  const seen = [...new Set(opened.echoes.map(({ remoteAddress }) => remoteAddress.replace('::ffff:', '')))].sort();
  if (answered.length) {
    hops.push(`${answered.join(', ')}: saw ${seen.map((address) => nameOf(address, nodes, from, short)).join(', ')}`);
    evidence.push(`${opened.echoes.length} answers from ${answered.length} pods, which saw ${seen.join(', ')}`);
  }
  return { hops, evidence, failures };
}

/** A target with several addresses is proven at each of them. */
async function openAll(generator: LoadSession, { url, alternates = [] }: Target): Promise<Opened> {
  const urls = [url, ...alternates];
  const each: Opened[] = [];
  for (const one of urls) each.push(await connections(generator, one, Math.ceil(PROOF_CONNECTIONS / urls.length)));
  return {
    ends: each.flatMap(({ ends }) => ends),
    echoes: each.flatMap(({ echoes }) => echoes),
    failures: each.flatMap(({ failures }) => failures),
  };
}

/** externalTrafficPolicy Local promises a client outside the node's own pods, and that they see its address (KEP-1669). */
function localFailures({ topology, vantage, entryNode, from }: Target, echoes: readonly Echo[]): string[] {
  if (topology.entry !== 'node-port' || topology.trafficPolicy !== 'local' || vantage !== 'outside') return [];
  const elsewhere = echoes.filter(({ node }) => node !== entryNode);
  const masqueraded = echoes.filter(({ remoteAddress }) => remoteAddress.replace('::ffff:', '') !== from.address);
  return [
    ...(elsewhere.length
      ? [`${entryNode}: traffic policy Local, and ${elsewhere[0]?.pod} on ${elsewhere[0]?.node} answered`]
      : []),
    ...(masqueraded.length
      ? [`${entryNode}: traffic policy Local, and the pod saw ${masqueraded[0]?.remoteAddress}, not the client`]
      : []),
  ];
}

function carrierOf(mode: ProxyMode, found: string): string {
  return mode === 'userspace'
    ? `kernel redirects to a user-space process, which copies (${found})`
    : `kernel, ${mode} (${found})`;
}

function nameOf(address: string, nodes: readonly Host[], from: Host, short: (name: string) => string): string {
  if (address === from.address) return `${address} (the client itself)`;
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
