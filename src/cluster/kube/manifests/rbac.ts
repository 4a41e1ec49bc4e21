import type { KubernetesObject, V1PolicyRule, V1ServiceAccount } from '@kubernetes/client-node';
import { labels } from './agent.ts';

export const serviceAccount = (name: string, namespace: string): V1ServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace, labels: labels(name) },
});

export interface BoundRole {
  /** Of the ClusterRole and its binding. */
  readonly name: string;
  readonly account: string;
  readonly namespace: string;
  readonly rules: readonly V1PolicyRule[];
}

/** A ClusterRole and who has it. */
export const boundRole = ({ name, account, namespace, rules }: BoundRole): KubernetesObject[] => {
  const group = 'rbac.authorization.k8s.io';
  const role = { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata: { name, labels: labels(name) }, rules };
  const binding = {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: labels(name) },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
  };
  return [role, binding];
};
