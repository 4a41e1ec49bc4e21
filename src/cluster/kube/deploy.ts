import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { agentFile } from '../../agent/agent-file.ts';
import { allOf } from '../../waiting/in-parallel.ts';
import { type WaitOptions, waitFor } from '../../waiting/wait.ts';
import { type RoutedNetworks, routedNetworks } from '../addresses/routed-networks.ts';
import { NODE_AS, ROUTER_AS } from '../addresses/router-numbers.ts';
import { ECHO_HOST_PORT, type WantedController } from '../contract/asked-controllers.ts';
import type { DeployedController, Deployment, Endpoint, ServiceRef, Workload } from '../contract/deployment.ts';
import type { Host } from '../contract/host.ts';
import type { RunContext } from '../contract/provider.ts';
import { targetsOf } from '../contract/targets.ts';
import { announcementsOf, serviceKey, type Topology } from '../contract/topology.ts';
import { refuseListeners } from '../kernel/listeners.ts';
import { announcingNodes, pools } from './announcing.ts';
import { type Blueprint, blueprint } from './blueprint.ts';
import type { KubeClient } from './client.ts';
import { clusterNetworks } from './cluster-networks.ts';
import { deployedFacts } from './deployed-facts.ts';
import { readService } from './load-balancers.ts';
import { CLIENT, ECHO, ECHO_PORT, labels, SERVES } from './manifests/agent.ts';
import { bgpPeer } from './manifests/announcements.ts';
import { METALLB_CONTROLLER, METALLB_SPEAKER } from './manifests/metallb.ts';
import { METALLB_NAMESPACE } from './manifests/metallb-kinds.ts';
import { PROXY_PORT } from './manifests/placed.ts';
import { routeToCluster } from './outside-routes.ts';
import { podHost } from './pod-host.ts';
import { prune } from './prune.ts';
import { reachedTargets } from './reached-targets.ts';
import { daemonSetReady, deploymentReady, selectorText } from './ready.ts';
import { routeComplete, sessionsUp } from './sessions-up.ts';
import type { Stage, StartedRouter } from './stage.ts';
import { targetsAnswer } from './wait-for-answers.ts';

const READY = { deadlineMs: 180_000, intervalMs: 300 } as const;
/** MetalLB's speakers run by then; a peer that answers at all does so in seconds. */
const BGP_MS = 60_000;

/**
 * Applies the workload, its Services and all that topologies enter it by, waits until each of them answers, and says where it can be reached.
 * What keeps it from coming up is told as soon as it is seen.
 */
export async function deploy(
  { client: unbound, ...place }: Stage,
  workload: Workload,
  topologies: readonly Topology[],
  context: RunContext,
): Promise<Deployment> {
  const client = unbound.until(context.signal);
  const stage = { ...place, client };
  const { nodes, site, reaches } = stage;
  const { namespace } = site;
  const wait = { ...READY, signal: context.signal };
  const workers = nodes.filter(({ role }) => role === 'worker');
  const routed = announcementsOf(topologies).includes('bgp') ? await freeNetworks(stage) : undefined;
  const plan = blueprint({
    site,
    workload,
    topologies,
    images: stage.images,
    pools: await pools(stage, topologies, routed?.bgpPool),
    agent: await readAgent(),
  });
  await refuseListeners(workers, plan.hostPorts);
  const [started] = await allOf([
    routed ? context.phase('start the router', () => stage.startRouter(context.signal, routed.routerNetwork)) : undefined,
    setUp(stage, plan, context, wait),
  ]);
  if (started) await client.apply(bgpPeer({ address: started.router.host.address, asn: ROUTER_AS, nodeAsn: NODE_AS }));
  const outside = started?.outside ?? stage.outside;

  const [endpoints, clients, controllers] = await allOf([
    readPods(stage, ECHO, ECHO_PORT, workload.replicas, wait),
    clientHosts(stage),
    Promise.all(plan.controllers.map((wanted) => readController(stage, wanted, wait))),
  ]);
  const services = new Map(
    await Promise.all(
      plan.echoEntries.map(
        async (entry) => [serviceKey(entry), await readService(client, namespace, ECHO, entry, wait)] as const,
      ),
    ),
  );
  const all = [...services.values(), ...controllers.flatMap((one) => [...one.services.values()])];
  const entry = workers.find(({ name }) => endpoints.some(({ node }) => node === name)) ?? nodes[0]!;
  if (!reaches) await routeToCluster(client, started?.router.host ?? outside, nodes, all, entry);
  const every = targetsOf(topologies, {
    nodes,
    outside,
    clients,
    endpoints,
    hostPort: ECHO_HOST_PORT,
    services,
    controllers,
    positions: new Map(),
  });
  const targets = reaches ? await reachedTargets(every, outside, reaches) : every;
  if (started) await routesUp(started, { workers, endpoints, services, controllers }, { ...wait, deadlineMs: BGP_MS });
  await context.phase('targets answer', () => targetsAnswer(outside, targets, wait));
  let serving = endpoints.map(({ pod }) => pod);
  return {
    targets,
    services: all,
    endpoints,
    clients,
    controllers,
    ...(started ? { router: started.router } : {}),
    facts: { ...(await deployedFacts(stage, plan, controllers, started)), ...(routed ? { networks: routed } : {}) },
    serving: () => serving,
    serveBy: (pods) => {
      serving = endpoints.map(({ pod }) => pod).filter((pod) => pods.includes(pod));
      return serveBy(stage, endpoints, pods);
    },
    [Symbol.asyncDispose]: async () => {
      await unbound.core.deleteNamespace({ name: namespace });
    },
  };
}

/** Two networks that nothing here uses, as every node gets a route to both; and what could not be looked at. */
async function freeNetworks({
  client,
  askedNetworks = {},
  usedNetworks,
}: Stage): Promise<RoutedNetworks & { readonly unknown: readonly string[] }> {
  const [around, inside] = await Promise.all([usedNetworks(), clusterNetworks(client)]);
  return { ...routedNetworks(askedNetworks, [...around.used, ...inside]), unknown: around.unknown };
}

/**
 * JavaScript of the same meaning that an API server takes: server-side apply is decoded as YAML, where DEL and the C1 control characters may
 * not stand (YAML 1.2, 5.1), and a bundle may hold them in strings and patterns.
 */
export const asYamlText = (source: string): string =>
  source.replace(/[\u007f-\u009f\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

async function readAgent(): Promise<{ readonly source: string; readonly hash: string }> {
  const source = asYamlText(await readFile(agentFile(), 'utf8'));
  return { source, hash: createHash('sha256').update(source).digest('hex').slice(0, 16) };
}

/** Applies everything in an order that works, images being brought in meanwhile, and waits until all pods are ready. */
async function setUp(stage: Stage, plan: Blueprint, context: RunContext, wait: WaitOptions): Promise<void> {
  const { client, site } = stage;
  const { namespace } = site;
  if (!site.made) await prune(client, namespace, [...plan.ground, ...plan.workloads]);
  const applying = async () => {
    await applyAll(client, plan.ground);
    for (const object of plan.announcements)
      await waitFor(`the API server to know MetalLB's ${object.kind}`, wait, async () => ({ value: await client.apply(object) }));
  };
  const loading = async () => {
    if (plan.images.length) await context.phase('load images', () => stage.loadImages(plan.images, context.signal));
  };
  await allOf([applying(), loading()]);
  await applyAll(client, plan.workloads);
  await context.phase('pods ready', () =>
    allOf([
      deploymentReady(client, namespace, ECHO, wait),
      daemonSetReady(client, namespace, CLIENT, wait),
      ...plan.controllers.map(({ id, placement }) =>
        placement === 'daemonset' ? daemonSetReady(client, namespace, id, wait) : deploymentReady(client, namespace, id, wait),
      ),
      ...(plan.announcements.length
        ? [
            deploymentReady(client, METALLB_NAMESPACE, METALLB_CONTROLLER, wait),
            daemonSetReady(client, METALLB_NAMESPACE, METALLB_SPEAKER, wait),
          ]
        : []),
    ]),
  );
}

async function applyAll(client: KubeClient, objects: readonly KubernetesObject[]): Promise<void> {
  for (const object of objects) await client.apply(object);
}

async function readController(
  stage: Stage,
  { id, controller, placement, tuning, hostPort, served }: WantedController,
  wait: WaitOptions,
): Promise<DeployedController> {
  const pods = await readPods(stage, id, PROXY_PORT, placement === 'daemonset' ? undefined : placement.replicas, wait);
  const services = await Promise.all(
    served.map(
      async (entry) => [serviceKey(entry), await readService(stage.client, stage.site.namespace, id, entry, wait, pods)] as const,
    ),
  );
  return { controller, placement, tuning, pods, ...(hostPort === undefined ? {} : { hostPort }), services: new Map(services) };
}

/** The pods of an app with their addresses. @param count absent: as many as there are. */
async function readPods(
  { client, site }: Stage,
  app: string,
  port: number,
  count: number | undefined,
  wait: WaitOptions,
): Promise<Endpoint[]> {
  const labelSelector = selectorText(labels(app));
  return waitFor(`${count ?? 'the'} pods of ${app} with addresses`, wait, async () => {
    const { items } = await client.core.listNamespacedPod({ namespace: site.namespace, labelSelector });
    const left = items.filter(({ metadata }) => !metadata?.deletionTimestamp);
    const up = left.filter(({ status }) => status?.podIP && status.phase === 'Running');
    if (up.length === 0 || up.length !== (count ?? left.length)) return { seen: `${up.length} of ${count ?? left.length}` };
    return { value: up.map((pod) => endpointOf(pod, port)) };
  });
}

const endpointOf = ({ metadata, spec, status }: V1Pod, port: number): Endpoint => ({
  pod: metadata?.name ?? '',
  node: spec?.nodeName ?? '',
  address: status?.podIP ?? '',
  port,
});

async function clientHosts({ client, site, inPodNetwork }: Stage): Promise<Host[]> {
  const labelSelector = selectorText(labels(CLIENT));
  const { items } = await client.core.listNamespacedPod({ namespace: site.namespace, labelSelector });
  return items
    .filter(({ metadata }) => !metadata?.deletionTimestamp)
    .map((pod) => podHost({ exec: client.exec, pod, container: 'agent', inNetwork: inPodNetwork(pod) }));
}

interface Announced {
  readonly workers: readonly Host[];
  readonly endpoints: readonly Endpoint[];
  readonly services: ReadonlyMap<string, ServiceRef>;
  readonly controllers: readonly DeployedController[];
}

/** Waits until the router has its sessions, and for each address a next hop for every node that announces it. */
async function routesUp(
  { router }: StartedRouter,
  { workers, endpoints, services, controllers }: Announced,
  wait: WaitOptions,
): Promise<void> {
  await sessionsUp(router, workers, wait);
  const sets = [{ pods: endpoints, services }, ...controllers];
  for (const { pods, services } of sets)
    for (const [key, service] of services)
      if (key.startsWith('bgp')) await routeComplete(router, service, announcingNodes(key, workers, pods), wait);
}

/** A pod without the label is behind no Service, and its ReplicaSet still counts it. */
async function serveBy({ client, site }: Stage, endpoints: readonly Endpoint[], pods: readonly string[]): Promise<void> {
  const [label = '', yes] = Object.entries(SERVES)[0] ?? [];
  const path = `/metadata/labels/${label.replace('/', '~1')}`; // RFC 6901
  for (const { pod } of endpoints) {
    const body = [{ op: 'add', path, value: pods.includes(pod) ? yes : 'no' }];
    await client.core.patchNamespacedPod({ name: pod, namespace: site.namespace, body });
  }
}
