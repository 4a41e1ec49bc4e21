import { TrafficlabError, UnavailableError } from '../../errors.ts';
import { type Look, type WaitOptions, waitFor } from '../../waiting/wait.ts';
import type { Endpoint, ServiceRef } from '../contract/deployment.ts';
import type { KubeClient } from './client.ts';
import { SERVICE_PORT, type ServedEntry, serviceName, serviceRef } from './manifests/service.ts';
import { servicelbPods } from './servicelb.ts';

/** MetalLB may be asked for an address before it has read its pools. */
const PATIENCE_MS = 5_000;

/**
 * Reads a Service as it stands, a LoadBalancer when it has got its address. @param endpoints the pods behind it, where they are no echo pods.
 * @throws UnavailableError with MetalLB's own words when it has no address to give.
 */
export async function readService(
  client: KubeClient,
  namespace: string,
  app: string,
  entry: ServedEntry,
  options: WaitOptions,
  endpoints?: readonly Endpoint[],
): Promise<ServiceRef> {
  const name = serviceName(app, entry);
  if (entry.entry === 'load-balancer' && entry.announce === 'servicelb')
    return balancedOnNodes(client, namespace, name, options, endpoints);
  const since = performance.now();
  const found = await waitFor(
    `Service ${name} to have an address`,
    options,
    async (): Promise<Look<ServiceRef | TrafficlabError>> => {
      const service = serviceRef(await client.core.readNamespacedService({ namespace, name }), endpoints);
      if (entry.entry !== 'load-balancer' || service.loadBalancerIP !== undefined) return { value: service };
      const said = await allocationFailed(client, namespace, name);
      if (said === undefined) return { seen: 'MetalLB has not assigned an address' };
      return performance.now() - since < PATIENCE_MS ? { seen: said } : { value: noAddress(name, said) };
    },
  );
  if (found instanceof TrafficlabError) throw found;
  return found;
}

/** servicelb gives a LoadBalancer the addresses of the nodes on which it has a pod. */
async function balancedOnNodes(
  client: KubeClient,
  namespace: string,
  name: string,
  options: WaitOptions,
  endpoints?: readonly Endpoint[],
): Promise<ServiceRef> {
  const balancers = await servicelbPods(client, { namespace, name, port: SERVICE_PORT }, options);
  return waitFor(`Service ${name} to have a node's address`, options, async () => {
    const service = serviceRef(await client.core.readNamespacedService({ namespace, name }), endpoints);
    return service.loadBalancerIP === undefined
      ? { seen: 'servicelb has not assigned an address' }
      : { value: { ...service, balancers } };
  });
}

const noAddress = (name: string, said: string): UnavailableError =>
  new UnavailableError(`MetalLB assigned no address to Service ${name}: ${said}`, {
    remedy: 'use a larger pool (addressPool), or fewer targets',
  });

async function allocationFailed({ core }: KubeClient, namespace: string, name: string): Promise<string | undefined> {
  const fieldSelector = `involvedObject.kind=Service,involvedObject.name=${name},reason=AllocationFailed`;
  const { items } = await core.listNamespacedEvent({ namespace, fieldSelector });
  return items.at(-1)?.message;
}
