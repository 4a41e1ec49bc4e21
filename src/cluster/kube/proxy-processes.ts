import type { AskedController } from '../contract/asked-controllers.ts';
import type { CarrierProcesses } from '../kernel/carriers.ts';
import { labels } from './manifests/agent.ts';
import type { Platform } from './platform.ts';
import { selectorText } from './ready.ts';

/** The proxies of ingress controllers, as the kernels of their nodes know them: a cluster may run others of the same name. */
export async function proxyProcesses(
  { client, site }: Platform,
  controllers: readonly AskedController[],
): Promise<CarrierProcesses[]> {
  const pods = new Map<string, string[]>();
  for (const { id, controller } of controllers) {
    const ask = { namespace: site.namespace, labelSelector: selectorText(labels(id)) };
    const { items } = await client.core.listNamespacedPod(ask);
    const uids = items.flatMap(({ metadata }) => metadata?.uid ?? []);
    pods.set(controller, [...(pods.get(controller) ?? []), ...uids]);
  }
  return [...pods].map(([name, uids]) => ({ component: name, kind: 'process', names: [name], pods: uids }));
}
