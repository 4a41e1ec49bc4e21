import type { Right } from '../contract/right.ts';

const right = (
  group: string,
  resource: string,
  verbs: readonly string[],
  more: Pick<Right, 'namespace' | 'resourceNames'> = {},
): Right => ({
  apiGroups: [group],
  resources: [resource],
  verbs,
  ...more,
});

/**
 * What every run needs. The namespace is the run's own and does not exist when the rights are given, so they hold in all of them. Streams to
 * pods are opened by GET, and from Kubernetes 1.35 creation is asked for as well.
 */
export const everyRun: readonly Right[] = [
  right('', 'namespaces', ['create', 'get', 'list', 'delete']),
  right('', 'nodes', ['list']),
  right('', 'configmaps', ['create']),
  right('', 'pods', ['get', 'list']),
  right('', 'pods/exec', ['create', 'get']),
  right('', 'pods/log', ['get']),
  right('', 'services', ['create', 'get']),
  right('apps', 'deployments', ['create', 'get']),
  right('apps', 'daemonsets', ['create', 'get']),
];

/** Reads that show in which mode kube-proxy runs, from its configuration. */
export const readsMode: Right = right('', 'configmaps', ['get'], { namespace: 'kube-system', resourceNames: ['kube-proxy'] });

/** kube-proxy's own word for it, which it gives on its node's loopback only. */
export const asksKubeProxy: Right = right('', 'pods/portforward', ['create', 'get'], { namespace: 'kube-system' });

export const readsCilium: Right = right('', 'configmaps', ['get'], {
  namespace: 'kube-system',
  resourceNames: ['cilium-config'],
});
export const readsCalico: Right = right('crd.projectcalico.org', 'felixconfigurations', ['get'], { resourceNames: ['default'] });
export const readsIngressClasses: Right = right('networking.k8s.io', 'ingressclasses', ['list']);

/** Ingress controllers watch with a ClusterRole, and a class lies in no namespace. Nobody may give rights away that he lacks, but for "escalate". */
export const ingress: readonly Right[] = [
  right('', 'serviceaccounts', ['create']),
  right('networking.k8s.io', 'ingresses', ['create']),
  right('networking.k8s.io', 'ingressclasses', ['create', 'list', 'delete']),
  right('rbac.authorization.k8s.io', 'clusterroles', ['create', 'list', 'delete', 'escalate', 'bind']),
  right('rbac.authorization.k8s.io', 'clusterrolebindings', ['create', 'list', 'delete']),
];
