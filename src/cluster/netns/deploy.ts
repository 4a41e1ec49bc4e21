import type { PodLayout } from '../fabric/layout.ts';
import { namespaceHost } from '../fabric/namespace-host.ts';
import { createPods } from '../fabric/pods.ts';
import { type Program, startProgram } from '../fabric/program.ts';
import { type Undo, undoSteps } from '../fabric/undo.ts';
import { CLIENT, ECHO, ECHO_PORT } from '../kube/manifests/agent.ts';
import { servedEntries, serviceRef } from '../kube/manifests/service.ts';
import type { ClusterSpec, Deployment, Host, RunContext, Topology, Workload } from '../provider.ts';
import { targetsOf } from '../targets.ts';
import { serviceKey } from '../topology.ts';
import { fillerRef, workloadObjects } from './objects.ts';
import { findPositions } from './positions.ts';
import type { NodeMember, Rules } from './rules.ts';

export interface Ground {
  readonly spec: ClusterSpec;
  readonly nodes: readonly NodeMember[];
  readonly outside: Host;
  readonly rules: Rules;
  /** Taken back when the cluster goes and the deployment is still there; the rules go with the nodes. */
  readonly undo: Undo;
  readonly addresses: { take(name: string, node: NodeMember['layout']): PodLayout; free(pod: PodLayout): void };
}

/** Makes the pods, starts the echo servers of those that answer, and writes the rules for the Services in front of them. */
export async function deploy(
  ground: Ground,
  workload: Workload,
  topologies: readonly Topology[],
  context: RunContext,
): Promise<Deployment> {
  const { spec, nodes, rules, addresses } = ground;
  const workers = nodes.filter(({ layout }) => layout.role === 'worker').map(({ layout }) => layout);
  const echoes = Array.from({ length: workload.replicas }, (_, index) =>
    addresses.take(`${ECHO}-${index + 1}`, workers[index % workers.length]!),
  );
  const clients = nodes.map(({ layout }) => addresses.take(`${CLIENT}-${layout.name}`, layout));
  const answering = Math.min(workload.processes ?? echoes.length, echoes.length);
  if (answering < echoes.length)
    context.progress.note(
      `${spec.id}: ${answering} of ${echoes.length} echo pods answer; the others are a namespace with an address each, not ready and without a process`,
    );
  await using undo = undoSteps();
  const pods = await createPods([...echoes, ...clients]);
  undo.add(async () => {
    await pods[Symbol.asyncDispose]();
    for (const pod of [...echoes, ...clients]) addresses.free(pod);
  });
  const starting = echoes.slice(0, answering).map(startEcho);
  undo.add(async () => {
    const ended = await Promise.allSettled(starting);
    await Promise.all(ended.map((one) => (one.status === 'fulfilled' ? one.value[Symbol.asyncDispose]() : undefined)));
  });

  const entries = servedEntries(topologies);
  const fillers = spec.fillerServices ?? 0;
  const objectsServedBy = (serves: (pod: PodLayout, index: number) => boolean) =>
    workloadObjects(
      echoes.map((pod, index) => ({ pod: pod.name, node: pod.node.name, address: pod.address, ready: serves(pod, index) })),
      entries,
      { sessionAffinity: workload.sessionAffinity ?? false, fillers },
    );
  const objects = objectsServedBy((_, index) => index < answering);
  // Echo servers mostly wait for the processor, rules mostly for the kernel.
  await Promise.all([context.phase(`rules ${spec.id}`, () => rules.apply({ upserted: objects })), ...starting]);

  const refs = entries.map((entry, index) => [serviceKey(entry), serviceRef(objects.services[index]!)] as const);
  const all = [...refs.map(([, ref]) => ref), ...Array.from({ length: fillers }, (_, index) => fillerRef(index))];
  const positions = fillers > 0 ? await findPositions(nodes[0]!.host, spec.proxyMode, all) : new Map();
  const endpoints = echoes
    .slice(0, answering)
    .map(({ name, node, address }) => ({ pod: name, node: node.name, address, port: ECHO_PORT }));
  const clientHosts = clients.map(podHost);
  const services = new Map(refs);
  const reachable = {
    nodes: nodes.map(({ host }) => host),
    outside: ground.outside,
    clients: clientHosts,
    endpoints,
    services,
    controllers: [],
    positions,
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
    facts: {},
    serveBy: async (names) => {
      const { endpointSlices } = objectsServedBy((pod, index) => index < answering && names.includes(pod.name));
      await rules.apply({ upserted: { services: [], endpointSlices } });
    },
    [Symbol.asyncDispose]: async () => {
      await rules.apply({ deleted: objects });
      await withdraw();
    },
  };
}

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
