import type { V1Pod } from '@kubernetes/client-node';

/** A pod of the cluster's own machinery. */
export interface SystemPod {
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address?: string;
  readonly hostNetwork: boolean;
  /** Words of the command lines of its containers. */
  readonly arguments: readonly string[];
  /** Variables that its containers are given as text. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The pods of which a label has one of these values. */
export const podsWith = (pods: readonly SystemPod[], label: string, ...values: readonly string[]): SystemPod[] =>
  pods.filter(({ labels }) => values.includes(labels[label] ?? ''));

/** Labels of kube-proxy's pods: kubeadm, EKS, k0s and Talos; GKE, AKS and RKE2; ACK; Gardener. */
export const isKubeProxy = ({ labels, name }: Pick<SystemPod, 'labels' | 'name'>): boolean =>
  ['kube-proxy', 'kube-proxy-worker', 'kube-proxy-master'].includes(labels['k8s-app'] ?? '') ||
  labels.component === 'kube-proxy' ||
  labels.app === 'kube-proxy' ||
  labels['app.kubernetes.io/name'] === 'kube-proxy' ||
  (labels.role === 'proxy' && name.startsWith('kube-proxy'));

/** What of a pod shows which component it is and how that is set up. */
export const systemPod = ({ metadata, spec, status }: V1Pod): SystemPod => ({
  name: metadata?.name ?? '',
  namespace: metadata?.namespace ?? '',
  node: spec?.nodeName ?? '',
  labels: metadata?.labels ?? {},
  hostNetwork: spec?.hostNetwork === true,
  ...(status?.podIP ? { address: status.podIP } : {}),
  arguments: (spec?.containers ?? []).flatMap(({ command = [], args = [] }) => [...command, ...args]),
  environment: Object.fromEntries(
    (spec?.containers ?? []).flatMap(({ env = [] }) => env.map(({ name, value }) => [name, value ?? ''] as const)),
  ),
});
