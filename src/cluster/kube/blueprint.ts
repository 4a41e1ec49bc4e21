import type { KubernetesObject } from '@kubernetes/client-node';
import { proxyCommand } from '../../ingress/proxy.ts';
import { traefikArguments, traefikTuning } from '../../ingress/tuned-lines.ts';
import type { AddressPool } from '../addresses/address-pool.ts';
import { type AskedController, askedControllers, ECHO_HOST_PORT } from '../contract/asked-controllers.ts';
import type { Workload } from '../contract/deployment.ts';
import { type Announcement, announcementsOf, type PooledAnnouncement, type Topology } from '../contract/topology.ts';
import type { ImageName, Images } from './images.ts';
import { agentConfigMap, clientDaemonSet, ECHO, ECHO_PORT, echoDeployment, namespaceObject, SERVES } from './manifests/agent.ts';
import { announcement } from './manifests/announcements.ts';
import { ingressClass, ingressTo } from './manifests/ingress.ts';
import { metallbController, metallbGround, metallbSpeaker } from './manifests/metallb.ts';
import { PROXY_PORT } from './manifests/placed.ts';
import { PROXY_FOLDER, referenceController, referenceGround } from './manifests/reference-controller.ts';
import { exposingService, SERVICE_PORT, type ServedEntry, servedEntries, serviceName } from './manifests/service.ts';
import { type Site, sited } from './manifests/site.ts';
import { traefik, traefikGround, WEB } from './manifests/traefik.ts';

export interface BlueprintOptions {
  readonly site: Site;
  readonly workload: Workload;
  readonly topologies: readonly Topology[];
  readonly images: Images;
  /** By how it is announced. */
  readonly pools: ReadonlyMap<PooledAnnouncement, AddressPool>;
  readonly agent: { readonly source: string; readonly hash: string };
}

/** All objects that topologies need at once on one cluster. */
export interface Blueprint {
  /** In an order in which they can be applied. */
  readonly ground: readonly KubernetesObject[];
  /** Kinds of MetalLB's own, which the API server has to learn first. */
  readonly announcements: readonly KubernetesObject[];
  /** What runs on the images below. */
  readonly workloads: readonly KubernetesObject[];
  /** Beside the client's. */
  readonly images: readonly ImageName[];
  readonly controllers: readonly AskedController[];
  /** The Services in front of the echo pods, by what they are there for. */
  readonly echoEntries: readonly ServedEntry[];
  /** Ports of the nodes that must be free. */
  readonly hostPorts: readonly number[];
}

export function blueprint({ site, workload, topologies, images, pools, agent }: BlueprintOptions): Blueprint {
  const controllers = askedControllers(topologies);
  const names = [...new Set(controllers.map(({ controller }) => controller))];
  const onHost = topologies.some(({ entry }) => entry === 'host-port');
  const echoEntries = servedEntries(topologies);
  const announced = pools.size > 0;
  const { namespace } = site;
  const ground: readonly KubernetesObject[] = [
    ...(site.made ? [] : [namespaceObject(namespace)]),
    agentConfigMap(namespace, agent.source),
    echoDeployment({
      namespace,
      replicas: workload.replicas,
      image: images.client,
      agentHash: agent.hash,
      ...(onHost ? { hostPort: ECHO_HOST_PORT } : {}),
    }),
    clientDaemonSet(namespace, images.client, agent.hash),
    ...(announced ? metallbGround() : []),
    ...names.flatMap((name) => (name === 'traefik' ? traefikGround(namespace) : referenceGround(namespace))),
    ...names.map((name) => ingressClass(namespace, name)),
    ...names.map((name) => ingressTo(namespace, name, ECHO)),
    ...echoEntries.map((entry) => exposingService(entry, { namespace, ...echoOptions })),
    ...controllers.flatMap(({ id, served }) =>
      served.map((entry) => exposingService(entry, { namespace, app: id, targetPort: PROXY_PORT })),
    ),
  ];
  return {
    ground: ground.map((object) => sited(object, site)),
    announcements: [...pools].flatMap(([announce, { cidr }]) => announcement(announce, cidr)),
    workloads: [
      ...(announced ? [metallbController(images), metallbSpeaker(images)] : []),
      ...controllers.map((asked) => sited(controllerPods(asked, site, images, agent.hash), site)),
    ],
    images: [...(announced ? (['metallb-controller', 'metallb-speaker'] as const) : []), ...names],
    controllers,
    echoEntries,
    hostPorts: [
      ...(onHost ? [ECHO_HOST_PORT] : []),
      ...controllers.flatMap(({ hostPort }) => hostPort ?? []),
      ...(announcementsOf(topologies).includes('servicelb') ? [SERVICE_PORT] : []),
    ],
  };
}

const echoOptions = {
  app: ECHO,
  targetPort: ECHO_PORT,
  selector: SERVES,
};

function controllerPods(
  { id, controller, placement, hostPort, tuning }: AskedController,
  { namespace }: Site,
  images: Images,
  agentHash: string,
): KubernetesObject {
  const place = { namespace, id, placement, ...(hostPort === undefined ? {} : { hostPort }) };
  if (controller === 'traefik')
    return traefik(place, images.traefik, { args: traefikArguments(tuning, WEB), env: traefikTuning(tuning).env });
  return referenceController({
    ...place,
    proxy: controller,
    command: proxyCommand(controller, PROXY_FOLDER),
    proxyImage: images[controller],
    agentImage: images.client,
    agentHash,
    tuning,
  });
}

/** The Services that need an address of a pool, by their names. */
export function balancersOf(topologies: readonly Topology[]): { readonly name: string; readonly announce: Announcement }[] {
  const echoes = servedEntries(topologies).map((entry) => ({ app: ECHO, entry }));
  const controllers = askedControllers(topologies).flatMap(({ id, served }) => served.map((entry) => ({ app: id, entry })));
  return [...echoes, ...controllers].flatMap(({ app, entry }) =>
    entry.entry === 'load-balancer' ? [{ name: serviceName(app, entry), announce: entry.announce }] : [],
  );
}
