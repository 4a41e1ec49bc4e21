import type { V1DaemonSet, V1Deployment } from '@kubernetes/client-node';
import { type WaitOptions, waitFor } from '../../wait.ts';
import type { KubeClient } from './client.ts';

/**
 * Waits until every node is Ready and kube-proxy and CoreDNS have rolled out.
 * kind's own `--wait` looks at control planes only and exits 0 when its time runs out, so it is not used.
 * @throws TimeoutError naming what was not ready.
 */
export async function clusterReady(client: KubeClient, nodes: number, options: WaitOptions): Promise<void> {
  await nodesReady(client, nodes, options);
  await Promise.all([
    daemonSetReady(client, 'kube-system', 'kube-proxy', options),
    deploymentReady(client, 'kube-system', 'coredns', options),
  ]);
}

async function nodesReady({ core }: KubeClient, wanted: number, options: WaitOptions): Promise<void> {
  await waitFor(`${wanted} nodes Ready`, options, async () => {
    const { items } = await core.listNode();
    const ready = items.filter((node) =>
      node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    if (ready.length >= wanted) return { value: undefined };
    const late = items.filter((node) => !ready.includes(node)).map((node) => node.metadata?.name);
    return { seen: `${ready.length} of ${wanted} nodes Ready${late.length ? `, not ${late.join(', ')}` : ''}` };
  });
}

/** Waits until every pod of a DaemonSet is of its newest revision and available. */
export async function daemonSetReady({ apps }: KubeClient, namespace: string, name: string, options: WaitOptions): Promise<void> {
  await waitFor(`DaemonSet ${name}`, options, async () => {
    const set = await apps.readNamespacedDaemonSet({ namespace, name });
    return daemonSetRolledOut(set)
      ? { value: undefined }
      : { seen: `${set.status?.numberAvailable ?? 0} of ${set.status?.desiredNumberScheduled ?? '?'} pods available` };
  });
}

function daemonSetRolledOut({ metadata, status }: V1DaemonSet): boolean {
  const wanted = status?.desiredNumberScheduled ?? 0;
  return (
    status?.observedGeneration === metadata?.generation &&
    wanted > 0 &&
    status?.updatedNumberScheduled === wanted &&
    status.numberAvailable === wanted
  );
}

/** Waits until every replica of a Deployment is of its newest revision and available. */
export async function deploymentReady(
  { apps }: KubeClient,
  namespace: string,
  name: string,
  options: WaitOptions,
): Promise<void> {
  await waitFor(`Deployment ${name}`, options, async () => {
    const deployment = await apps.readNamespacedDeployment({ namespace, name });
    return deploymentRolledOut(deployment)
      ? { value: undefined }
      : { seen: `${deployment.status?.availableReplicas ?? 0} of ${deployment.spec?.replicas ?? '?'} pods available` };
  });
}

function deploymentRolledOut({ metadata, spec, status }: V1Deployment): boolean {
  return (
    status?.observedGeneration === metadata?.generation &&
    status?.updatedReplicas === spec?.replicas &&
    status?.availableReplicas === spec?.replicas
  );
}
