import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { agentFile } from '../../agent/agent-file.ts';
import { allOf } from '../../waiting/in-parallel.ts';
import { type WaitOptions, waitFor } from '../../waiting/wait.ts';
import { type RoutedNetworks, routedNetworks } from '../addresses/routed-networks.ts';
import { NODE_AS, ROUTER_AS } from '../addresses/router-numbers.ts';
import { type AskedController, ECHO_HOST_PORT } from '../contract/asked-controllers.ts';
import type { DeployedController, Deployment, Endpoint, ServiceRef, Target, Workload } from '../contract/deployment.ts';
import { type EventEvidence, servingEvidence } from '../contract/events.ts';
import type { Host } from '../contract/host.ts';
import type { RunContext } from '../contract/provider.ts';
import { targetsOf } from '../contract/targets.ts';
import { announcementsOf, serviceKey, type Topology } from '../contract/topology.ts';
import type { CarrierProcesses } from '../kernel/carriers.ts';
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
import type { ServedEntry } from './manifests/service.ts';
import { routeToCluster } from './outside-routes.ts';
import type { Platform, StartedRouter } from './platform.ts';
import { proxyProcesses } from './proxy-processes.ts';
import { prune } from './prune.ts';
import { reachedTargets } from './reached-targets.ts';
import { daemonSetReady, deploymentReady, selectorText } from './ready.ts';
import { routeComplete, sessionsUp } from './sessions-up.ts';
import { targetsAnswer } from './wait-for-answers.ts';

const READY = { deadlineMs: 180_000, intervalMs: 300 } as const;
/** MetalLB's speakers run by then; a peer that answers at all does so in seconds. */
const BGP_MS = 60_000;

/** A deployment, the pods whose proxies carry its traffic, and how its endpoints change. */
export interface Deployed {
  readonly deployment: Deployment;
  readonly proxies: readonly CarrierProcesses[];
  serveBy(pods: readonly string[]): Promise<readonly EventEvidence[]>;
}

/**
 * Applies the workload, its Services and all that topologies enter it by, waits until each of them answers, and says where it can be reached.
 * What keeps it from coming up is told as soon as it is seen.
 */
export async function deploy(
  { client: unbound, ...place }: Platform,
  workload: Workload,
  topologies: readonly Topology[],
  context: RunContext,
): Promise<Deployed> {
  const platform: Platform = { ...place, client: unbound.until(context.signal) };
  const { site } = platform;
  const wait = { ...READY, signal: context.signal };
  const workers = platform.nodes.filter(({ role }) => role === 'worker');
  const routed = announcementsOf(topologies).includes('bgp') ? await freeNetworks(platform) : undefined;
  const plan = blueprint({
    site,
    workload,
    topologies,
    images: platform.images,
    pools: await pools(platform, topologies, routed?.bgpPool),
    agent: await readAgent(),
  });
  await refuseListeners(workers, plan.hostPorts);
  const [started] = await allOf([
    routed ? context.phase('start the router', () => platform.startRouter(context.signal, routed.routerNetwork)) : undefined,
    setUp(platform, plan, context, wait),
  ]);
  if (started) await platform.client.apply(bgpPeer({ address: started.router.host.address, asn: ROUTER_AS, nodeAsn: NODE_AS }));
  const outside = started?.outside ?? platform.outside;
  const pods = await readDeployed(platform, plan, workload, wait);
  const targets = await reachable(platform, topologies, pods, outside, started?.router.host);
  if (started) await routesUp(started, workers, announcedBy(plan, pods), { ...wait, deadlineMs: BGP_MS });
  await context.phase('targets answer', () => targetsAnswer(outside, targets, wait));
  const { endpoints, clients, controllers, all } = pods;
  let serving = endpoints.map(({ pod }) => pod);
  return {
    deployment: {
      targets,
      services: all,
      endpoints,
      clients,
      controllers,
      ...(started ? { router: started.router } : {}),
      facts: { ...(await deployedFacts(platform, plan, controllers, started)), ...(routed ? { networks: routed } : {}) },
      serving: () => serving,
      [Symbol.asyncDispose]: async () => {
        await unbound.core.deleteNamespace({ name: site.namespace });
      },
    },
    proxies: await proxyProcesses(platform, plan.controllers),
    async serveBy(names) {
      serving = endpoints.map(({ pod }) => pod).filter((pod) => names.includes(pod));
      await serveBy(platform, endpoints, names);
      return servingEvidence(
        endpoints.map(({ pod }) => pod),
        serving,
      );
    },
  };
}

interface DeployedPods {
  readonly endpoints: readonly Endpoint[];
  readonly clients: readonly Host[];
  readonly controllers: readonly DeployedController[];
  /** The echo pods' Services, by `serviceKey`. */
  readonly services: ReadonlyMap<string, ServiceRef>;
  /** Those of the controllers too. */
  readonly all: readonly ServiceRef[];
}

/** Waits until the pods and Services of a blueprint have their addresses. */
async function readDeployed(
  platform: Platform,
  plan: Blueprint,
  { replicas }: Workload,
  wait: WaitOptions,
): Promise<DeployedPods> {
  const [endpoints, clients, controllers] = await allOf([
    readPods(platform, ECHO, ECHO_PORT, replicas, wait),
    clientHosts(platform),
    Promise.all(plan.controllers.map((asked) => readController(platform, asked, wait))),
  ]);
  const services = await Promise.all(
    plan.echoEntries.map(
      async (entry) =>
        [serviceKey(entry), await readService(platform.client, platform.site.namespace, ECHO, entry, wait)] as const,
    ),
  );
  const all = [...services.map(([, service]) => service), ...controllers.flatMap((one) => [...one.services.values()])];
  return { endpoints, clients, controllers, services: new Map(services), all };
}

/** The targets that the client outside reaches; where its routes are ours to make, it is given those that it needs. */
async function reachable(
  { client, nodes, reaches }: Platform,
  topologies: readonly Topology[],
  { endpoints, clients, controllers, services, all }: DeployedPods,
  outside: Host,
  router: Host | undefined,
): Promise<readonly Target[]> {
  const targets = targetsOf(topologies, {
    nodes,
    outside,
    clients,
    endpoints,
    hostPort: ECHO_HOST_PORT,
    services,
    controllers,
    positions: new Map(),
  });
  if (reaches) return reachedTargets(targets, outside, reaches);
  const hasPod = ({ name, role }: Host) => role === 'worker' && endpoints.some(({ node }) => node === name);
  await routeToCluster(client, router ?? outside, nodes, all, nodes.find(hasPod) ?? nodes[0]!);
  return targets;
}

/** Two networks that nothing here uses, as every node gets a route to both; and what could not be looked at. */
async function freeNetworks({
  client,
  askedNetworks = {},
  usedNetworks,
}: Platform): Promise<RoutedNetworks & { readonly unknown: readonly string[] }> {
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
async function setUp(platform: Platform, plan: Blueprint, context: RunContext, wait: WaitOptions): Promise<void> {
  const { client, site } = platform;
  const { namespace } = site;
  if (!site.made) await prune(client, namespace, [...plan.ground, ...plan.workloads]);
  const applying = async () => {
    await applyAll(client, plan.ground);
    for (const object of plan.announcements)
      await waitFor(`the API server to serve MetalLB's ${object.kind}`, wait, async () => ({
        value: await client.apply(object),
      }));
  };
  const loading = async () => {
    if (plan.images.length) await context.phase('load images', () => platform.loadImages(plan.images, context.signal));
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
  platform: Platform,
  { id, controller, placement, tuning, hostPort, served }: AskedController,
  wait: WaitOptions,
): Promise<DeployedController> {
  const pods = await readPods(platform, id, PROXY_PORT, placement === 'daemonset' ? undefined : placement.replicas, wait);
  const services = await Promise.all(
    served.map(
      async (entry) =>
        [serviceKey(entry), await readService(platform.client, platform.site.namespace, id, entry, wait, pods)] as const,
    ),
  );
  return { controller, placement, tuning, pods, ...(hostPort === undefined ? {} : { hostPort }), services: new Map(services) };
}

/** The pods of an app with their addresses. @param count absent: as many as there are. */
async function readPods(
  { client, site }: Platform,
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

async function clientHosts({ client, site, hostOf }: Platform): Promise<Host[]> {
  const labelSelector = selectorText(labels(CLIENT));
  const { items } = await client.core.listNamespacedPod({ namespace: site.namespace, labelSelector });
  return items.filter(({ metadata }) => !metadata?.deletionTimestamp).map((pod) => hostOf(pod, 'agent'));
}

/** Pods, and the Services in front of them with how they are entered. */
interface Announced {
  readonly entries: readonly ServedEntry[];
  readonly services: ReadonlyMap<string, ServiceRef>;
  readonly pods: readonly Endpoint[];
}

const announcedBy = ({ echoEntries, controllers: asked }: Blueprint, pods: DeployedPods): Announced[] => [
  { entries: echoEntries, services: pods.services, pods: pods.endpoints },
  ...asked.map(({ served }, index) => ({ entries: served, ...pods.controllers[index]! })),
];

/** Waits until the router has its sessions, and for each address a next hop for every node that announces it. */
async function routesUp(
  { router }: StartedRouter,
  workers: readonly Host[],
  announced: readonly Announced[],
  wait: WaitOptions,
): Promise<void> {
  await sessionsUp(router, workers, wait);
  for (const { entries, services, pods } of announced)
    for (const entry of entries) {
      const service = services.get(serviceKey(entry));
      if (service && entry.entry === 'load-balancer' && entry.announce === 'bgp')
        await routeComplete(router, service, announcingNodes(service, workers, pods), wait);
    }
}

/** A pod without the label is behind no Service, and its ReplicaSet still counts it. */
async function serveBy({ client, site }: Platform, endpoints: readonly Endpoint[], pods: readonly string[]): Promise<void> {
  const [label = '', yes] = Object.entries(SERVES)[0] ?? [];
  const path = `/metadata/labels/${label.replace('/', '~1')}`; // RFC 6901
  for (const { pod } of endpoints) {
    const body = [{ op: 'add', path, value: pods.includes(pod) ? yes : 'no' }];
    await client.core.patchNamespacedPod({ name: pod, namespace: site.namespace, body });
  }
}
