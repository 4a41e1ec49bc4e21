import { proxies } from '../../ingress/proxy.ts';
import { settingsOf } from '../../ingress/tuning.ts';
import { version as ownVersion } from '../../version.ts';
import type { DeployedController } from '../contract/deployment.ts';
import { controllerId } from '../contract/topology.ts';
import type { Blueprint } from './blueprint.ts';
import { METALLB_NAMESPACE } from './manifests/metallb-kinds.ts';
import { PROXY_CONTAINER } from './manifests/placed.ts';
import type { Platform, StartedRouter } from './platform.ts';

/** What of a deployment a reader of results wants to know: who watches, who carries, in which versions, and which addresses were given out. */
export async function deployedFacts(
  platform: Platform,
  plan: Blueprint,
  controllers: readonly DeployedController[],
  started: StartedRouter | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const described = await Promise.all(
    controllers.map(async (one) => [controllerId(one), await describeController(platform, one)] as const),
  );
  const pools = plan.announcements.flatMap((object) => {
    const { spec } = object as { readonly spec?: { readonly addresses?: readonly string[] } };
    return object.kind === 'IPAddressPool' ? [[object.metadata?.name ?? '', spec?.addresses?.join(', ')] as const] : [];
  });
  return {
    ...(described.length ? { controllers: Object.fromEntries(described) } : {}),
    ...(pools.length ? { metallb: await images(platform, METALLB_NAMESPACE), addressPools: Object.fromEntries(pools) } : {}),
    ...(started ? { router: started.facts } : {}),
  };
}

async function describeController(platform: Platform, one: DeployedController): Promise<Record<string, unknown>> {
  const { controller, tuning = 'fair', hostPort, pods } = one;
  const own = controller === 'traefik';
  const pod = await platform.client.core.readNamespacedPod({ namespace: platform.site.namespace, name: pods[0]?.pod ?? '' });
  const host = platform.hostOf(pod, PROXY_CONTAINER);
  // Where traefik lies differs between images, and it is the first process of its container.
  const asked = await host.exec(own ? ['/proc/1/exe', 'version'] : proxies[controller].version, {
    accept: 'any',
    timeoutMs: 10_000,
  });
  const proxy = versionIn(`${asked.stdout}\n${asked.stderr}`);
  const status = pod.status?.containerStatuses?.find(({ name }) => name === PROXY_CONTAINER);
  return {
    controller: own ? `traefik ${proxy}` : `trafficlab's reference controller ${ownVersion}`,
    proxy: `${controller} ${proxy}`,
    image: status?.image,
    imageId: status?.imageID,
    tuning,
    settings: settingsOf(controller, tuning, proxy),
    ...(hostPort === undefined ? {} : { hostPort }),
  };
}

/** "nginx version: nginx/1.22.1", "HAProxy version 2.6.12-1", "Version:      3.6.12", "v2.6.2". */
export const versionIn = (said: string): string =>
  /(?:nginx\/|version:?\s+|^)v?(\d[\w.+~-]*)/i.exec(said)?.[1] ?? 'of unknown version';

/** Image references and ids of a namespace's containers, by container. */
async function images({ client }: Platform, namespace: string): Promise<Record<string, string>> {
  const { items } = await client.core.listNamespacedPod({ namespace });
  const statuses = items.flatMap(({ status }) => status?.containerStatuses ?? []);
  return Object.fromEntries(statuses.map(({ name, image, imageID }) => [name, `${image} (${imageID})`]));
}
