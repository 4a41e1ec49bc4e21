import type { ClusterLayout, PodLayout } from '../fabric/layout.ts';
import { namespaceHost } from '../fabric/namespace-host.ts';
import { createPods } from '../fabric/pods.ts';
import { type Program, startProgram } from '../fabric/program.ts';
import { type Undo, undoSteps } from '../fabric/undo.ts';
import { CLIENT, ECHO, ECHO_PORT } from '../kube/manifests/agent.ts';
import { serviceRef } from '../kube/manifests/service.ts';
import { refuseListeners } from '../listeners.ts';
import type { ClusterSpec, Deployment, Host, RunContext, Topology, Workload } from '../provider.ts';
import { targetsOf } from '../targets.ts';
import { serviceKey } from '../topology.ts';
import { createAnnouncers } from './announcers.ts';
import { blueprint } from './blueprint.ts';
import { openHostPorts } from './host-ports.ts';
import { fillerObjects, fillerRef, joined, type PodEndpoint, servedObjects } from './objects.ts';
import { findPositions } from './positions.ts';
import type { ProxyObjects } from './proxy/service-map.ts';
import type { NodeMember, Rules } from './rules.ts';

export interface Ground {
  readonly spec: ClusterSpec;
  readonly layout: ClusterLayout;
  readonly nodes: readonly NodeMember[];
  readonly outside: Host;
  readonly rules: Rules;
  /** Taken back when the cluster goes and the deployment is still there; the rules go with the nodes. */
  readonly undo: Undo;
  readonly addresses: { take(name: string, node: NodeMember['layout']): PodLayout; free(pod: PodLayout): void };
}

/**
 * Makes the pods, starts what answers in them, writes the rules for the Services in front of them and announces their addresses.
 * @throws UnavailableError for what cannot be deployed here, before anything is made.
 */
export async function deploy(
  ground: Ground,
  workload: Workload,
  topologies: readonly Topology[],
  context: RunContext,
): Promise<Deployment> {
  const { spec, layout, nodes, rules, addresses } = ground;
  const plan = blueprint(layout, spec, workload, topologies);
  const workers = nodes.filter(({ layout: { role } }) => role === 'worker');
  await refuseListeners(
    workers.map(({ host }) => host),
    plan.echoHostPort === undefined ? [] : [plan.echoHostPort],
  );
  const echoes = plan.echoes.map((node, index) => addresses.take(`${ECHO}-${index + 1}`, node));
  const clients = nodes.map((node) => addresses.take(`${CLIENT}-${node.layout.name}`, node.layout));
  const answering = Math.min(workload.processes ?? echoes.length, echoes.length);
  if (answering < echoes.length)
    context.progress.note(
      `${spec.id}: ${answering} of ${echoes.length} echo pods answer; the others are a namespace with an address each, not ready and without a process`,
    );
  await using undo = undoSteps();
  const makePods = async () => {
    const pods = await createPods([...echoes, ...clients]);
    undo.add(async () => {
      await pods[Symbol.asyncDispose]();
      for (const pod of [...echoes, ...clients]) addresses.free(pod);
    });
  };
  const makeAnnouncers = async () => {
    const made = await createAnnouncers({ layout, nodes, mode: spec.proxyMode, pools: plan.pools, signal: context.signal });
    undo.add(() => made[Symbol.asyncDispose]());
    return made;
  };
  const [announcers] = await together(makeAnnouncers(), makePods());
  const starting = echoes.slice(0, answering).map(startEcho);
  undo.add(async () => {
    const ended = await Promise.allSettled(starting);
    await Promise.all(ended.map((one) => (one.status === 'fulfilled' ? one.value[Symbol.asyncDispose]() : undefined)));
  });

  const fillers = spec.fillerServices ?? 0;
  const objectsServedBy = (serves: (pod: PodLayout, index: number) => boolean): ProxyObjects => {
    const endpoints = echoes.map(endpointOf(serves));
    const { sessionAffinity = false } = workload;
    const app = { app: ECHO, port: ECHO_PORT, pods: endpoints, entries: plan.entries, sessionAffinity };
    return joined(servedObjects(app, { firstIndex: 0, addresses: plan.addresses }), fillerObjects(endpoints, fillers));
  };
  const objects = objectsServedBy((_, index) => index < answering);
  const writeRules = async () => {
    await context.phase(`rules ${spec.id}`, () => rules.apply({ upserted: objects }));
    const { echoHostPort: hostPort } = plan;
    if (hostPort === undefined) return;
    const opened = await openHostPorts(
      nodes,
      echoes.slice(0, answering).map((pod) => ({ pod, hostPort, port: ECHO_PORT })),
    );
    undo.add(() => opened[Symbol.asyncDispose]());
  };
  // Echo servers mostly wait for the processor, rules mostly for the kernel.
  await together(writeRules(), announcers.announce(objects), ...starting);

  const refs = plan.entries.map((entry, index) => [serviceKey(entry), serviceRef(objects.services[index]!)] as const);
  const all = [...refs.map(([, ref]) => ref), ...Array.from({ length: fillers }, (_, index) => fillerRef(index))];
  const positions = fillers > 0 ? await findPositions(nodes[0]!.host, spec.proxyMode, all) : new Map();
  const endpoints = echoes
    .slice(0, answering)
    .map(({ name, node, address }) => ({ pod: name, node: node.name, address, port: ECHO_PORT }));
  const clientHosts = clients.map(podHost);
  const services = new Map(refs);
  const reachable = {
    nodes: nodes.map(({ host }) => host),
    outside: announcers.outside ?? ground.outside,
    clients: clientHosts,
    endpoints,
    services,
    controllers: [],
    positions,
    ...(plan.echoHostPort === undefined ? {} : { hostPort: plan.echoHostPort }),
  };
  const targets = targetsOf(topologies, reachable);
  const withdraw = undo.keep();
  ground.undo.add(withdraw);
  return {
    targets,
    services: [...new Set([...services.values(), ...targets.flatMap(({ service }) => service ?? [])])],
    endpoints,
    clients: clientHosts,
    controllers: [],
    ...(announcers.router ? { router: announcers.router } : {}),
    facts: await announcers.facts(),
    serveBy: async (names) => {
      const now = objectsServedBy((pod, index) => index < answering && names.includes(pod.name));
      await Promise.all([
        rules.apply({ upserted: { services: [], endpointSlices: now.endpointSlices } }),
        announcers.announce(now),
      ]);
    },
    [Symbol.asyncDispose]: async () => {
      await rules.apply({ deleted: objects });
      await withdraw();
    },
  };
}

/** All of them, as `Promise.all`, but what fails is thrown when all have ended: what they made can then be taken back. */
async function together<const T extends readonly unknown[]>(...works: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const ended = await Promise.allSettled(works);
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return ended.map((one) => (one as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

const endpointOf =
  (serves: (pod: PodLayout, index: number) => boolean) =>
  (pod: PodLayout, index: number): PodEndpoint => ({
    pod: pod.name,
    node: pod.node.name,
    address: pod.address,
    ready: serves(pod, index),
  });

const podHost = ({ name, node, address, namespace }: PodLayout): Host =>
  namespaceHost({ name, role: 'client', node: node.name, address, namespace });

function startEcho(pod: PodLayout): Promise<Program<true>> {
  const host = podHost(pod);
  const argv = [
    ...host.agent!,
    'echo',
    '--port',
    String(ECHO_PORT),
    '--address',
    pod.address,
    '--pod',
    pod.name,
    '--node',
    pod.node.name,
  ];
  return startProgram(host, argv, { ready: (line) => (line.startsWith('listening on ') ? true : undefined) });
}
