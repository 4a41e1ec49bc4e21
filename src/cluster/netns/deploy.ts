import { allOf } from '../../waiting/in-parallel.ts';
import type { DeployedController, Deployment, Workload } from '../contract/deployment.ts';
import { type EventEvidence, servingEvidence } from '../contract/events.ts';
import type { Host } from '../contract/host.ts';
import type { ClusterSpec, RunContext } from '../contract/provider.ts';
import { targetsOf } from '../contract/targets.ts';
import { serviceKey, type Topology } from '../contract/topology.ts';
import { type Announcers, createAnnouncers } from '../fabric/announcers.ts';
import type { ClusterLayout, NodeMember, PodLayout } from '../fabric/layout.ts';
import { namespaceHost } from '../fabric/namespace-host.ts';
import { createPods } from '../fabric/pods.ts';
import { type Program, startProgram } from '../fabric/program.ts';
import { type Undo, undoSteps } from '../fabric/undo.ts';
import { refuseListeners } from '../kernel/listeners.ts';
import { ECHO_PORT } from '../kube/manifests/agent.ts';
import { PROXY_PORT } from '../kube/manifests/placed.ts';
import { announcementOf, serviceRef } from '../kube/manifests/service.ts';
import type { CarrierProcess } from './carriers.ts';
import { createControllers } from './controllers.ts';
import { type DeploymentPlan, deploymentPlan } from './deployment-plan.ts';
import { openHostPorts } from './host-ports.ts';
import { fillerRef } from './objects.ts';
import {
  type ControllerSet,
  type DeploymentObjects,
  deploymentObjects,
  endpointsOf,
  hostPortPods,
  type PlacedPods,
  type PodAddresses,
  placePods,
} from './placed-pods.ts';
import { findPositions } from './positions.ts';
import { longComments, longCommentText } from './proxy/long-comments.ts';
import type { ProxyObjects } from './proxy/service-map.ts';
import type { Rules } from './rules.ts';

export interface Ground {
  readonly spec: ClusterSpec;
  readonly layout: ClusterLayout;
  readonly nodes: readonly NodeMember[];
  readonly outside: Host;
  readonly rules: Rules;
  /** Taken back when the cluster goes and the deployment is still there; the rules go with the nodes. */
  readonly undo: Undo;
  /** Processes of deployments whose CPU is attributed; a deployment adds its own and takes them back. */
  readonly carriers: Set<CarrierProcess>;
  readonly addresses: PodAddresses;
}

/** A deployment, and how its endpoints change. */
export interface Deployed extends Deployment {
  serveBy(pods: readonly string[]): Promise<readonly EventEvidence[]>;
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
): Promise<Deployed> {
  const { spec, layout, nodes, rules } = ground;
  const plan = deploymentPlan(layout, spec, workload, topologies);
  await refuseListeners(workersOf(nodes), hostPortsOf(plan));
  const pods = placePods(plan, nodes, ground.addresses);
  const echoPods = pods.echoes.slice(0, workload.processes ?? pods.echoes.length);
  noteSilentPods(pods.echoes.length, echoPods.length, ground, context);

  await using undo = undoSteps();
  const keep = <T extends AsyncDisposable>(made: T): T => {
    undo.add(() => made[Symbol.asyncDispose]());
    return made;
  };
  undo.add(async () => {
    for (const pod of pods.all) ground.addresses.free(pod);
  });
  const { pools, routerNetwork } = plan;
  const [announcers] = await allOf([
    createAnnouncers({
      layout,
      nodes,
      mode: spec.proxyMode,
      pools,
      announcementOf,
      routerNetwork,
      signal: context.signal,
      note: context.progress.note,
    }).then(keep),
    createPods(pods.all).then(keep),
  ]);
  const starting = echoPods.map(startEcho);
  for (const one of starting) one.catch(() => {}); // waited for below
  undo.add(async () => {
    const ended = await Promise.allSettled(starting);
    await Promise.all(ended.map((one) => (one.status === 'fulfilled' ? one.value[Symbol.asyncDispose]() : undefined)));
  });
  const controllers = keep(await createControllers(pods.sets, context.signal));

  const fillers = spec.fillerServices ?? 0;
  const objectsServedBy = (serves: (pod: PodLayout) => boolean) => deploymentObjects(plan, pods, { fillers, serves });
  const objects = objectsServedBy((pod) => echoPods.includes(pod));
  if (spec.proxyMode === 'nftables')
    for (const one of longComments(objects.all)) context.progress.note(`${spec.id}: ${longCommentText(one)}: keep an endpoint`);
  const writeRules = async () => {
    await context.phase(`rules ${spec.id}`, () => rules.apply({ upserted: objects.all }));
    keep(await openHostPorts(nodes, hostPortPods(plan, echoPods, pods.sets)));
  };
  // Echo servers and proxies mostly wait for the processor, rules mostly for the kernel, BGP for its timers.
  await allOf([writeRules(), announcers.announce(objects.all), controllers.apply(objects.all), ...starting]);
  for (const carrier of controllers.carriers) ground.carriers.add(carrier);
  undo.add(async () => {
    for (const carrier of controllers.carriers) ground.carriers.delete(carrier);
  });

  let serving = echoPods.map(({ name }) => name);
  const deployed = await described({ ground, plan, pods, echoPods, objects, announcers, topologies });
  const [announced, controlled] = await Promise.all([announcers.facts(), controllers.facts()]);
  const withdraw = undo.keep();
  ground.undo.add(withdraw);
  return {
    ...deployed,
    facts: { ...announced, ...controlled },
    serving: () => serving,
    serveBy: async (names) => {
      const pods = echoPods.map(({ name }) => name);
      serving = pods.filter((name) => names.includes(name));
      const { all } = objectsServedBy((pod) => echoPods.includes(pod) && names.includes(pod.name));
      const changed: ProxyObjects = { services: [], endpointSlices: all.endpointSlices };
      await Promise.all([rules.apply({ upserted: changed }), announcers.announce(all), controllers.apply(all)]);
      return servingEvidence(pods, serving);
    },
    [Symbol.asyncDispose]: async () => {
      await rules.apply({ deleted: objects.all });
      await withdraw();
    },
  };
}

const workersOf = (nodes: readonly NodeMember[]): Host[] =>
  nodes.filter(({ layout }) => layout.role === 'worker').map(({ host }) => host);

const hostPortsOf = ({ echoHostPort, controllers }: DeploymentPlan): number[] =>
  [echoHostPort, ...controllers.map(({ hostPort }) => hostPort)].filter((port) => port !== undefined);

function noteSilentPods(pods: number, echoPods: number, { spec }: Ground, { progress }: RunContext): void {
  if (echoPods < pods)
    progress.note(
      `${spec.id}: ${echoPods} of ${pods} echo pods answer; each other pod is a namespace with an address, not ready and without a process`,
    );
}

interface Made {
  readonly ground: Ground;
  readonly plan: DeploymentPlan;
  readonly pods: PlacedPods;
  readonly echoPods: readonly PodLayout[];
  readonly objects: DeploymentObjects;
  readonly announcers: Announcers;
  readonly topologies: readonly Topology[];
}

/** What was made, as data and hosts. */
async function described({ ground, plan, pods, echoPods, objects, announcers, topologies }: Made) {
  const { spec, nodes } = ground;
  const refs = plan.entries.map((entry, index) => [serviceKey(entry), serviceRef(objects.echo.services[index]!)] as const);
  const fillers = Array.from({ length: spec.fillerServices ?? 0 }, (_, index) => fillerRef(index));
  const all = [...refs.map(([, ref]) => ref), ...fillers];
  const services = new Map(refs);
  const endpoints = endpointsOf(echoPods, ECHO_PORT);
  const clients = pods.clients.map(podHost);
  const controllers = pods.sets.map((set, index) => deployedController(set, objects.sets[index]!));
  const { router } = announcers;
  const targets = targetsOf(topologies, {
    nodes: nodes.map(({ host }) => host),
    outside: announcers.outside ?? ground.outside,
    clients,
    endpoints,
    services,
    controllers,
    positions: fillers.length > 0 ? await findPositions(nodes[0]!.host, spec.proxyMode, all) : new Map(),
    ...(plan.echoHostPort === undefined ? {} : { hostPort: plan.echoHostPort }),
  });
  const served = new Set([...services.values(), ...targets.flatMap(({ service }) => service ?? [])]);
  return { targets, services: [...served], endpoints, clients, controllers, ...(router ? { router } : {}) };
}

function deployedController(
  { controller, placement, tuning, hostPort, served, pods }: ControllerSet,
  objects: ProxyObjects,
): DeployedController {
  const endpoints = endpointsOf(pods, PROXY_PORT);
  const services = served.map((entry, index) => [serviceKey(entry), serviceRef(objects.services[index]!, endpoints)] as const);
  const onHost = hostPort === undefined ? {} : { hostPort };
  return { controller, placement, tuning, pods: endpoints, ...onHost, services: new Map(services) };
}

const podHost = ({ name, node, address, namespace }: PodLayout): Host =>
  namespaceHost({ name, role: 'client', node: node.name, address, namespace });

function startEcho(pod: PodLayout): Promise<Program<true>> {
  const host = podHost(pod);
  const words = { port: ECHO_PORT, address: pod.address, pod: pod.name, node: pod.node.name };
  const argv = [...host.agent!, 'echo', ...Object.entries(words).flatMap(([word, value]) => [`--${word}`, String(value)])];
  return startProgram(host, argv, { ready: (line) => (line.startsWith('listening on ') ? true : undefined) });
}
