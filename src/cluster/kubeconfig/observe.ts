import type { V1Node, V1Pod } from '@kubernetes/client-node';
import type { Right } from '../contract/right.ts';
import type { KubeClient } from '../kube/client.ts';
import { isKubeProxy, type SystemPod, systemPod } from '../kube/system-pods.ts';
import { antreaProxy } from './antrea-settings.ts';
import type { Access } from './context.ts';
import type { Observed, SystemNode } from './discover.ts';
import { nodeArguments } from './k3s-arguments.ts';
import { configuredModeOf } from './kube-proxy-mode.ts';
import { askKubeProxy } from './kube-proxy-word.ts';
import { objectReader } from './read-objects.ts';
import type { NetworkSettings, Seen } from './replacement.ts';
import { readsCalico, readsCilium, readsIngressClasses } from './rights.ts';

/** The labels by which components of Kubernetes and its networks are known; lists, so that nobody's pods are read beside them. */
const COMPONENTS: readonly string[] = [
  'k8s-app in (kube-proxy,kube-proxy-worker,kube-proxy-master,kube-dns,cilium,calico-node,canal,kindnet,flannel,aws-node,azure-cns,kube-router)',
  'app in (kindnet,flannel,metallb,antrea,ovnkube-node,kube-proxy)',
  'app.kubernetes.io/name in (metallb,kube-vip,kube-proxy)',
  'name=weave-net',
  'component in (kube-proxy,antrea-agent)',
  'role=proxy',
  'svccontroller.k3s.cattle.io/svcname',
];
/** So many kube-proxies are asked themselves; of the others their configuration is read. */
const MOST_ASKED = 16;

/** Reads what shows how a cluster carries traffic, as far as the rights go. @param mayAsk kube-proxy may be asked itself. */
export async function observe(access: Access, nodes: readonly V1Node[], mayAsk: boolean): Promise<Observed> {
  const { client, networking } = access;
  const read = objectReader(client);
  const found = await componentPods(client);
  const pods = found.map(systemPod);
  const systemNodes = nodes.map(systemNode);
  const versionOf = (node: string) =>
    systemNodes.find(({ name }) => name === node)?.kubeletVersion ?? systemNodes[0]?.kubeletVersion ?? '';
  const [kubeProxies, said, settings, ingressClasses] = await Promise.all([
    Promise.all(
      found
        .filter((pod) => isKubeProxy(systemPod(pod)))
        .map(async (pod) => {
          const node = pod.spec?.nodeName ?? '';
          return { node, configured: await configuredModeOf(pod, versionOf(node), read) };
        }),
    ),
    mayAsk ? ask(access, pods) : [],
    networkSettings(client, found, read),
    seen(readsIngressClasses, async () =>
      (await networking.listIngressClass()).items.map(({ metadata, spec }) => ({
        name: metadata?.name ?? '',
        controller: spec?.controller ?? '',
      })),
    ),
  ]);
  return { pods, nodes: systemNodes, kubeProxies, said, settings, ingressClasses };
}

/**
 * One pod for each node by which its kube-proxy can be asked: that of kube-proxy, or another in the node's network, where it runs within
 * another process (k3s, MicroK8s). The right to forward ports is asked for in kube-system only.
 */
export function askable(pods: readonly SystemPod[]): SystemPod[] {
  const usable = pods.filter(({ hostNetwork, namespace, node }) => hostNetwork && namespace === 'kube-system' && node !== '');
  const ordered = [...usable.filter((pod) => !isKubeProxy(pod)), ...usable.filter(isKubeProxy)];
  return [...new Map(ordered.map((pod) => [pod.node, pod])).values()];
}

async function ask(access: Access, pods: readonly SystemPod[]): Promise<Observed['said']> {
  const answers = askable(pods)
    .slice(0, MOST_ASKED)
    .map(async (pod) => {
      const mode = await askKubeProxy(access, pod);
      return mode === undefined ? [] : [{ node: pod.node, mode }];
    });
  return (await Promise.all(answers)).flat();
}

async function networkSettings(
  client: KubeClient,
  pods: readonly V1Pod[],
  read: ReturnType<typeof objectReader>,
): Promise<NetworkSettings> {
  const agent = pods.find(({ metadata }) => metadata?.labels?.component === 'antrea-agent');
  const [cilium, calicoBpf, antrea] = await Promise.all([
    seenData(readsCilium, read, 'cilium-config', 'kube-proxy-replacement'),
    seen(readsCalico, () => bpfEnabled(client)),
    agent ? antreaProxy(agent, read) : ({ unknown: 'no antrea-agent found' } as const),
  ]);
  return { cilium, calicoBpf, antrea };
}

async function componentPods({ core }: KubeClient): Promise<V1Pod[]> {
  const lists = await Promise.all(COMPONENTS.map((labelSelector) => core.listPodForAllNamespaces({ labelSelector })));
  const pods = lists
    .flatMap(({ items }) => items)
    .filter(({ metadata, status }) => !metadata?.deletionTimestamp && !OVER.includes(status?.phase ?? ''));
  return [...new Map(pods.map((pod) => [pod.metadata?.uid ?? `${pod.metadata?.namespace}/${pod.metadata?.name}`, pod])).values()];
}

const OVER: readonly string[] = ['Succeeded', 'Failed'];

function systemNode({ metadata, spec, status }: V1Node): SystemNode {
  const started = nodeArguments(metadata?.annotations);
  const labels = metadata?.labels ?? {};
  return {
    name: metadata?.name ?? '',
    linux: (labels['kubernetes.io/os'] ?? status?.nodeInfo?.operatingSystem ?? 'linux') === 'linux',
    labels,
    kubeletVersion: status?.nodeInfo?.kubeletVersion ?? '',
    ...(spec?.providerID ? { providerId: spec.providerID } : {}),
    ...(started ? { started } : {}),
  };
}

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

async function seenData(
  right: Right,
  read: ReturnType<typeof objectReader>,
  name: string,
  key: string,
): Promise<Seen<string | undefined>> {
  const data = await read('ConfigMap', 'kube-system', name);
  return data && 'lacks' in data ? { lacks: right } : { value: data?.get(key) };
}

async function bpfEnabled({ custom }: KubeClient): Promise<boolean | undefined> {
  const found = await custom
    .getClusterCustomObject({
      group: 'crd.projectcalico.org',
      version: 'v1',
      plural: 'felixconfigurations',
      name: 'default',
    })
    .catch((error: unknown) => {
      if (codeOf(error) === 404) return undefined;
      throw error;
    });
  return (found as { readonly spec?: { readonly bpfEnabled?: boolean } } | undefined)?.spec?.bpfEnabled;
}
