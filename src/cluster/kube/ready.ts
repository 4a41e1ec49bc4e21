import type { V1DaemonSet, V1Deployment } from '@kubernetes/client-node';
import { type Look, type WaitOptions, waitFor } from '../../waiting/wait.ts';
import type { KubeClient } from './client.ts';
import { troubleOf } from './trouble.ts';

export interface ReadyOptions extends WaitOptions {
  /** DaemonSets of kube-system that have to roll out: kube-proxy, where it is one. */
  readonly daemonSets: readonly string[];
}

/**
 * Waits until every node is Ready and CoreDNS and the DaemonSets have rolled out.
 * kind's own `--wait` looks at control planes only and exits 0 when its time runs out, so it is not used.
 * @throws TimeoutError naming what was not ready.
 */
export async function clusterReady(client: KubeClient, nodes: number, options: ReadyOptions): Promise<void> {
  await nodesReady(client, nodes, options);
  await Promise.all([
    ...options.daemonSets.map((name) => daemonSetReady(client, 'kube-system', name, options)),
    deploymentReady(client, 'kube-system', 'coredns', options),
  ]);
}

async function nodesReady({ core }: KubeClient, desired: number, options: WaitOptions): Promise<void> {
  await waitFor(`${desired} nodes Ready`, options, async () => {
    const { items } = await core.listNode();
    const ready = items.filter((node) =>
      node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    if (ready.length >= desired) return { value: undefined };
    const late = items.filter((node) => !ready.includes(node)).map((node) => node.metadata?.name);
    return { seen: `${ready.length} of ${desired} nodes Ready${late.length ? `, not ${late.join(', ')}` : ''}` };
  });
}

/** Waits until every pod of a DaemonSet is of its newest revision and available. @throws what keeps a pod from it, when something does. */
export async function daemonSetReady(client: KubeClient, namespace: string, name: string, options: WaitOptions): Promise<void> {
  await rolledOut(client, namespace, `DaemonSet ${name}`, options, async () => {
    const set = await client.apps.readNamespacedDaemonSet({ namespace, name });
    const seen = `${set.status?.numberAvailable ?? 0} of ${set.status?.desiredNumberScheduled ?? '?'} pods available`;
    return { done: daemonSetRolledOut(set), seen, selector: set.spec?.selector.matchLabels };
  });
}

function daemonSetRolledOut({ metadata, status }: V1DaemonSet): boolean {
  const desired = status?.desiredNumberScheduled ?? 0;
  return (
    status?.observedGeneration === metadata?.generation &&
    desired > 0 &&
    status?.updatedNumberScheduled === desired &&
    status.numberAvailable === desired
  );
}

/** Waits until every replica of a Deployment is of its newest revision and available. @throws what keeps a pod from it, when something does. */
export async function deploymentReady(client: KubeClient, namespace: string, name: string, options: WaitOptions): Promise<void> {
  await rolledOut(client, namespace, `Deployment ${name}`, options, async () => {
    const deployment = await client.apps.readNamespacedDeployment({ namespace, name });
    const seen = `${deployment.status?.availableReplicas ?? 0} of ${deployment.spec?.replicas ?? '?'} pods available`;
    return { done: deploymentRolledOut(deployment), seen, selector: deployment.spec?.selector.matchLabels };
  });
}

function deploymentRolledOut({ metadata, spec, status }: V1Deployment): boolean {
  return (
    status?.observedGeneration === metadata?.generation &&
    status?.updatedReplicas === spec?.replicas &&
    status?.availableReplicas === spec?.replicas
  );
}

interface RollOut {
  readonly done: boolean;
  readonly seen: string;
  readonly selector: Readonly<Record<string, string>> | undefined;
}

/** A wait that ends early, with an error, when its pods cannot become ready. */
async function rolledOut(
  client: KubeClient,
  namespace: string,
  what: string,
  options: WaitOptions,
  look: () => Promise<RollOut>,
): Promise<void> {
  let trouble: ReturnType<typeof troubleOf> | undefined;
  const error = await waitFor(what, options, async (): Promise<Look<Error | undefined>> => {
    const { done, seen, selector } = await look();
    if (done) return { value: undefined };
    trouble ??= troubleOf(client, namespace, selectorText(selector ?? {}));
    const found = await trouble();
    return found ? { value: found } : { seen };
  });
  if (error) throw error;
}

/** Labels as the API's list calls take them. */
export const selectorText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
