import type { V1Node, V1Pod } from '@kubernetes/client-node';
import type { KubeClient } from '../kube/client.ts';
import type { Access } from './context.ts';
import type { Observed, Seen, SystemNode, SystemPod } from './discover.ts';
import { askKubeProxy } from './kube-proxy-word.ts';
import { type Right, readsCalico, readsCilium, readsIngressClasses, readsMode } from './rights.ts';

/** The labels by which components of Kubernetes and its networks are known; lists, so that nobody's pods are read beside them. */
const COMPONENTS: readonly string[] = [
  'k8s-app in (kube-proxy,kube-dns,cilium,calico-node,canal,kindnet,aws-node,kube-router)',
  'app in (kindnet,flannel,metallb,antrea)',
  'app.kubernetes.io/name=metallb',
  'name=weave-net',
  'component=kube-proxy',
  'svccontroller.k3s.cattle.io/svcname',
];

/** Reads what shows how a cluster carries traffic, as far as the rights go. @param mayAsk kube-proxy may be asked itself. */
export async function observe(access: Access, nodes: readonly V1Node[], mayAsk: boolean): Promise<Observed> {
  const { client, networking } = access;
  const [pods, kubeProxyConfig, cilium, calicoBpf, ingressClasses] = await Promise.all([
    systemPods(client),
    seen(readsMode, async () => (await configMap(client, 'kube-proxy'))?.['config.conf']),
    seen(readsCilium, async () => (await configMap(client, 'cilium-config'))?.['kube-proxy-replacement']),
    seen(readsCalico, () => bpfEnabled(client)),
    seen(readsIngressClasses, async () =>
      (await networking.listIngressClass()).items.map(({ metadata, spec }) => ({
        name: metadata?.name ?? '',
        controller: spec?.controller ?? '',
      })),
    ),
  ]);
  const first = pods.find(isKubeProxy);
  return {
    pods,
    nodes: nodes.map(systemNode),
    kubeProxyConfig,
    ...(mayAsk && first ? { kubeProxySaid: await askKubeProxy(access, first) } : {}),
    cilium,
    calicoBpf,
    ingressClasses,
  };
}

export const isKubeProxy = ({ labels, hostNetwork }: SystemPod): boolean =>
  hostNetwork && (labels['k8s-app'] === 'kube-proxy' || labels.component === 'kube-proxy');

async function systemPods({ core }: KubeClient): Promise<SystemPod[]> {
  const lists = await Promise.all(COMPONENTS.map((labelSelector) => core.listPodForAllNamespaces({ labelSelector })));
  const pods = lists.flatMap(({ items }) => items);
  return [...new Map(pods.map((pod) => [pod.metadata?.uid, pod])).values()].map(systemPod);
}

const systemPod = ({ metadata, spec, status }: V1Pod): SystemPod => ({
  name: metadata?.name ?? '',
  namespace: metadata?.namespace ?? '',
  node: spec?.nodeName ?? '',
  labels: metadata?.labels ?? {},
  hostNetwork: spec?.hostNetwork === true,
  ...(status?.podIP ? { address: status.podIP } : {}),
  settings: (spec?.containers ?? []).flatMap(({ command = [], args = [], env = [] }) => [
    ...command,
    ...args,
    ...env.map(({ name, value }) => `${name}=${value ?? ''}`),
  ]),
});

const systemNode = ({ metadata, spec, status }: V1Node): SystemNode => ({
  kubeletVersion: status?.nodeInfo?.kubeletVersion ?? '',
  ...(spec?.providerID ? { providerId: spec.providerID } : {}),
  ...(metadata?.annotations?.['k3s.io/node-args']
    ? { k3sArgs: metadata.annotations['k3s.io/node-args'].replaceAll('","', ' ') }
    : {}),
});

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown }).code;

/** A look that may be forbidden. */
async function seen<T>(right: Right, look: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await look() };
  } catch (error) {
    if (codeOf(error) === 403) return { lacks: right };
    throw error;
  }
}

const ifThere = <T>(found: Promise<T>): Promise<T | undefined> =>
  found.catch((error: unknown) => {
    if (codeOf(error) === 404) return undefined;
    throw error;
  });

const configMap = async ({ core }: KubeClient, name: string): Promise<Record<string, string> | undefined> =>
  (await ifThere(core.readNamespacedConfigMap({ namespace: 'kube-system', name })))?.data;

async function bpfEnabled({ custom }: KubeClient): Promise<boolean | undefined> {
  const found = await ifThere(
    custom.getClusterCustomObject({
      group: 'crd.projectcalico.org',
      version: 'v1',
      plural: 'felixconfigurations',
      name: 'default',
    }),
  );
  return (found as { readonly spec?: { readonly bpfEnabled?: boolean } } | undefined)?.spec?.bpfEnabled;
}
