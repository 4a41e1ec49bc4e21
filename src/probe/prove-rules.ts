import type { Deployment, ServiceRef } from '../cluster/deployment.ts';
import type { Host } from '../cluster/host.ts';
import type { ModeProof, ProxyMode } from '../cluster/provider.ts';
import { toldTogether } from '../cluster/unobservable.ts';
import type { LoadSession } from '../load/session.ts';
import { waitFor } from '../wait.ts';
import { connections, type Opened, release } from './connections.ts';
import { readRules, rulesText, type ServiceRules, serviceRules, trackedConnections } from './service-rules.ts';

/** Network programming latency on a busy machine; a node that has not all endpoints by then is judged by what it has. */
export const SETTLE_MS = 15_000;
/**
 * kube-proxy's iptables mode rewrites a Service's chain when its endpoints change, and counters begin again; so connections that do
 * not add up are sent once more before a node is said to be wrong.
 */
const COUNTS = 2;
/** New connections per node and Service; few, because each is looked for by name. */
const PROOF_CONNECTIONS = 5;

/**
 * Proves on every node that each target's Service has its own rules there, and that exactly N new connections from a client on that
 * node add N to them. `failures` names the node. Where nobody can look into a node, the client on it must be answered all the same, and its
 * rules are unobservable.
 */
export async function proveRules(
  nodes: readonly Host[],
  mode: ProxyMode,
  deployment: Deployment,
  session: (host: Host) => Promise<LoadSession>,
): Promise<ModeProof> {
  const looks = await Promise.all(
    nodes.map(async (node) => {
      const client = deployment.clients.find((host) => host.node === node.name);
      const each: Findings[] = [];
      if (node.unobservable !== undefined) return answersOnly(node, client, deployment, session);
      // One Service after another: they share the client, and releasing its connections would take the other's away.
      for (const [service, settled] of await settledRules(node, mode, deployment))
        each.push(
          await proveOnNode(
            node,
            mode,
            service,
            { client, settled, endpoints: endpointsOf(service, deployment).length },
            session,
          ),
        );
      return {
        node: node.name,
        evidence: each.flatMap((one) => one.evidence),
        failures: each.flatMap((one) => one.failures),
      };
    }),
  );
  const unobservable = toldTogether(
    nodes.flatMap(({ name, unobservable: why }) => (why === undefined ? [] : [{ node: name, why }])),
  );
  return {
    mode,
    nodes: looks.map(({ node, evidence }) => ({ node, evidence })),
    failures: looks.flatMap(({ node, failures }) => failures.map((failure) => `${node}: ${failure}`)),
    ...(unobservable.length ? { unobservable } : {}),
  };
}

/** What a client on a node that cannot be looked into gets from each Service. */
async function answersOnly(
  node: Host,
  client: Host | undefined,
  deployment: Deployment,
  session: (host: Host) => Promise<LoadSession>,
): Promise<{ readonly node: string } & Findings> {
  const evidence: string[] = [];
  const failures: string[] = [];
  if (!client) return { node: node.name, evidence, failures: ['no client on this node to send connections from'] };
  const generator = await session(client);
  for (const service of deployment.services) {
    const name = `${service.namespace}/${service.name}`;
    const url = `http://${service.clusterIP}:${service.port}/`;
    const opened = await connections(generator, url, PROOF_CONNECTIONS).finally(() => release(generator));
    const pods = [...new Set(opened.echoes.map(({ pod }) => pod))].sort();
    evidence.push(
      `${name}: ${opened.echoes.length} of ${PROOF_CONNECTIONS} new connections answered, by ${pods.join(', ') || 'nobody'}`,
    );
    failures.push(...opened.failures.map((failure) => `${name}: ${failure}`));
  }
  return { node: node.name, evidence, failures };
}

interface Findings {
  readonly evidence: readonly string[];
  readonly failures: readonly string[];
}

async function proveOnNode(
  node: Host,
  mode: ProxyMode,
  service: ServiceRef,
  {
    client,
    settled,
    endpoints,
  }: { readonly client: Host | undefined; readonly settled: ServiceRules; readonly endpoints: number },
  session: (host: Host) => Promise<LoadSession>,
): Promise<Findings> {
  const name = `${service.namespace}/${service.name}`;
  const evidence = settled.found.map((found) => `${name}: ${found}`);
  if (settled.missing.length) return { evidence, failures: settled.missing.map((missing) => `${name}: ${missing}`) };
  if (settled.endpoints < endpoints)
    return { evidence, failures: [`${name}: spreads over ${settled.endpoints} of ${endpoints} endpoints`] };
  if (!client) return { evidence, failures: [`${name}: no client on this node to send connections from`] };
  const url = `http://${service.clusterIP}:${service.port}/`;
  const destination = { address: service.clusterIP, port: service.port };
  for (let count = 1; ; count += 1) {
    const before = count === 1 ? settled : await serviceRules(node, mode, service);
    const generator = await session(client);
    const opened = await connections(generator, url, PROOF_CONNECTIONS);
    if (opened.failures.length) {
      await release(generator);
      return { evidence, failures: opened.failures.map((failure) => `${name}: ${failure}`) };
    }
    const counted = await countNew(node, mode, service, destination, opened, before.spread).finally(() => release(generator));
    evidence.push(`${name}: ${counted.text}`);
    if (!counted.failure) return { evidence, failures: [] };
    if (count === COUNTS) return { evidence, failures: [`${name}: ${counted.failure}`] };
  }
}

/** The pods behind a Service. */
const endpointsOf = ({ endpoints }: ServiceRef, deployment: Deployment) => endpoints ?? deployment.endpoints;

/** The rules of every Service on a node, once all of them spread over all endpoints, or as they are when the time is up. */
async function settledRules(node: Host, mode: ProxyMode, deployment: Deployment): Promise<[ServiceRef, ServiceRules][]> {
  const { services } = deployment;
  const read = async () => {
    const text = await rulesText(node, mode);
    return services.map((service): [ServiceRef, ServiceRules] => [service, readRules(mode, text, service)]);
  };
  const settled = async () => {
    const each = await read();
    const late = each.find(
      ([service, rules]) => rules.missing.length || rules.endpoints < endpointsOf(service, deployment).length,
    );
    return late ? { seen: `${late[0].name} with ${late[1].endpoints} endpoints` } : { value: each };
  };
  return waitFor(`rules on ${node.name}`, { deadlineMs: SETTLE_MS }, settled).catch(read);
}

/** Whether exactly the opened connections were added to the Service's own rules on a node. */
export async function countNew(
  node: Host,
  mode: ProxyMode,
  service: ServiceRef,
  destination: { readonly address: string; readonly port: number },
  opened: Opened,
  spreadBefore: number | undefined,
): Promise<{ readonly text: string; readonly failure?: string }> {
  const wanted = opened.ends.length;
  const [counted, by] =
    spreadBefore !== undefined
      ? [((await serviceRules(node, mode, service)).spread ?? 0) - spreadBefore, 'packet counters of its own rules']
      : [(await trackedConnections(node, opened.ends, destination)).length, "connection tracking, by the clients' own ports"];
  const text = `${wanted} new connections to ${destination.address}:${destination.port} added ${counted} (${by})`;
  return counted === wanted ? { text } : { text, failure: `${text}, which is not ${wanted}` };
}
