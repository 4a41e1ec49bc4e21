import type { KubernetesObject, V1Deployment } from '@kubernetes/client-node';
import type { KubeClient } from './client.ts';

const OURS = 'app.kubernetes.io/managed-by=trafficlab';

/**
 * Deletes what an earlier deployment left on a cluster that is used again, and this one does not have or has on other hostPorts: two pods
 * would wait for one port of a node, each for the other.
 */
export async function prune({ apps, core }: KubeClient, namespace: string, planned: readonly KubernetesObject[]): Promise<void> {
  const ask = { namespace, labelSelector: OURS };
  const [daemonSets, deployments, services] = await Promise.all([
    apps.listNamespacedDaemonSet(ask),
    apps.listNamespacedDeployment(ask),
    core.listNamespacedService(ask),
  ]);
  const left = (kind: string, items: readonly KubernetesObject[]): string[] =>
    items.flatMap((item) => {
      const { name } = item.metadata ?? {};
      const kept = planned.find((object) => object.kind === kind && object.metadata?.name === name);
      return !name || (kept && hostPortsOf(kept) === hostPortsOf(item)) ? [] : [name];
    });
  await Promise.all([
    ...left('DaemonSet', daemonSets.items).map((name) => apps.deleteNamespacedDaemonSet({ namespace, name })),
    ...left('Deployment', deployments.items).map((name) => apps.deleteNamespacedDeployment({ namespace, name })),
    ...left('Service', services.items).map((name) => core.deleteNamespacedService({ namespace, name })),
  ]);
}

function hostPortsOf(object: KubernetesObject): string {
  const { template } = (object as V1Deployment).spec ?? {};
  const containers = template?.spec?.containers ?? [];
  return containers.flatMap(({ ports = [] }) => ports.flatMap(({ hostPort }) => hostPort ?? [])).join();
}
