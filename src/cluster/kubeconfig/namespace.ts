import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { KubernetesObject, V1Namespace } from '@kubernetes/client-node';
import { runsTrafficlab } from '../../process/runs-trafficlab.ts';
import { waitFor } from '../../waiting/wait.ts';
import { labels, NAMESPACE } from '../kube/manifests/agent.ts';
import { BELONGS_TO } from '../kube/manifests/site.ts';
import type { Access } from './context.ts';

const RUN = 'trafficlab.dev/run';
/** Host and process id of the command, as in "laptop/4711". */
const OWNER = 'trafficlab.dev/owner';
/** Pods end within a second; the rest is the namespace controller's. */
const GONE = { deadlineMs: 120_000, intervalMs: 300 } as const;

/** A name that no other run has. */
export const namespaceName = (): string => `${NAMESPACE}-${randomBytes(4).toString('hex')}`;

/** The namespace of a run's own. It says who made it, so that `clean` leaves those of living runs alone. */
export const runNamespace = (name: string, level: 'restricted' | 'privileged'): V1Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    labels: { ...labels(NAMESPACE), [RUN]: name, 'pod-security.kubernetes.io/enforce': level },
    annotations: { [OWNER]: `${hostname()}/${process.pid}` },
  },
});

/** Deletes a namespace of ours with what belongs to it outside of it, and waits until it is really gone. */
export async function deleteNamespace(access: Access, name: string): Promise<void> {
  await deleteBelonging(access, name);
  const { core } = access.client;
  await core.deleteNamespace({ name }).catch(unless(404));
  await waitFor(`namespace ${name} to be gone`, GONE, async () => {
    const left = await core.readNamespace({ name }).catch(unless(404));
    const why = left?.status?.conditions?.find(({ status }) => status === 'True')?.message;
    return left ? { seen: why ?? left.status?.phase ?? 'there' } : { value: undefined };
  });
}

/** Whose a namespace is: nobody's of ours, that of a run that lives, of one on another machine, or of one that is over. */
export function ownership({ metadata }: V1Namespace): 'foreign' | 'alive' | 'elsewhere' | 'over' {
  const owner = metadata?.annotations?.[OWNER];
  if (metadata?.labels?.[RUN] !== metadata?.name || owner === undefined) return 'foreign';
  const [, host, pid] = /^(.+)\/(\d+)$/.exec(owner) ?? [];
  if (host !== hostname()) return 'elsewhere';
  return runsTrafficlab(Number(pid)) ? 'alive' : 'over';
}

/** What lies in no namespace and is labelled as that one's; where it may not be listed, none of it could be made. */
async function deleteBelonging({ networking, rbac }: Access, name: string): Promise<void> {
  const ours = { labelSelector: `${BELONGS_TO}=${name}` };
  const none = { items: [] };
  const [classes, bindings, roles] = await Promise.all([
    networking.listIngressClass(ours).catch(unless(403)),
    rbac.listClusterRoleBinding(ours).catch(unless(403)),
    rbac.listClusterRole(ours).catch(unless(403)),
  ]);
  const names = (list: { readonly items: readonly KubernetesObject[] } | undefined) =>
    (list ?? none).items.flatMap(({ metadata }) => metadata?.name ?? []);
  await Promise.all([
    ...names(classes).map((one) => networking.deleteIngressClass({ name: one }).catch(unless(404))),
    ...names(bindings).map((one) => rbac.deleteClusterRoleBinding({ name: one }).catch(unless(404))),
    ...names(roles).map((one) => rbac.deleteClusterRole({ name: one }).catch(unless(404))),
  ]);
}

const unless =
  (code: number) =>
  (error: unknown): undefined => {
    if ((error as { readonly code?: unknown }).code !== code) throw error;
  };
