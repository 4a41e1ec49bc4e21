import type { V1Pod } from '@kubernetes/client-node';
import { type WaitOptions, waitFor } from '../../waiting/wait.ts';
import type { Endpoint } from '../contract/deployment.ts';
import type { KubeClient } from './client.ts';
import { daemonSetReady, selectorText } from './ready.ts';

/** Where k3s puts the pods of servicelb, unless it is told otherwise (`--servicelb-namespace`). */
const NAMESPACE = 'kube-system';

/** Of the DaemonSet of a Service and of its pods (k3s, pkg/cloudprovider/servicelb.go). */
const labelsOf = (namespace: string, name: string) => ({
  'svccontroller.k3s.cattle.io/svcnamespace': namespace,
  'svccontroller.k3s.cattle.io/svcname': name,
});

/**
 * Waits until the pods that servicelb makes for a LoadBalancer stand on their nodes, and says which they are.
 * @param port the Service's, which each of them takes on its node. @throws what keeps a pod from it: most often its port is taken.
 */
export async function servicelbPods(
  client: KubeClient,
  { namespace, name, port }: { readonly namespace: string; readonly name: string; readonly port: number },
  wait: WaitOptions,
): Promise<Endpoint[]> {
  const labelSelector = selectorText(labelsOf(namespace, name));
  const set = await waitFor(`servicelb's DaemonSet for Service ${name}`, wait, async () => {
    const { items } = await client.apps.listNamespacedDaemonSet({ namespace: NAMESPACE, labelSelector });
    const made = items[0]?.metadata?.name;
    return made === undefined ? { seen: 'there is none (does this cluster run servicelb?)' } : { value: made };
  });
  await daemonSetReady(client, NAMESPACE, set, wait);
  const { items } = await client.core.listNamespacedPod({ namespace: NAMESPACE, labelSelector });
  return items.filter(({ metadata }) => !metadata?.deletionTimestamp).map((pod) => holding(pod, port));
}

const holding = ({ metadata, spec, status }: V1Pod, port: number): Endpoint => ({
  pod: metadata?.name ?? '',
  node: spec?.nodeName ?? '',
  address: status?.podIP ?? '',
  port,
});
