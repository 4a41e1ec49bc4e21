import type { Host } from '../host.ts';
import type { Facts, IptablesBackend, ProviderName } from '../provider.ts';
import { readSysctls } from '../sysctls.ts';
import type { KubeClient } from './client.ts';

/** Reads what a running cluster says of itself: versions, digests, kube-proxy's configuration, each node's kernel side. */
export async function readFacts(client: KubeClient, nodes: readonly Host[], provider: ProviderName): Promise<Facts> {
  const [version, nodeList, configMap, pods, perNode] = await Promise.all([
    client.version.getCode(),
    client.core.listNode(),
    client.core.readNamespacedConfigMap({ namespace: 'kube-system', name: 'kube-proxy' }).catch(() => undefined),
    client.core.listNamespacedPod({ namespace: 'kube-system', labelSelector: 'k8s-app=kube-proxy' }),
    Promise.all(nodes.map(readNode)),
  ]);
  const info = nodeList.items[0]?.status?.nodeInfo;
  const backends = [...new Set(perNode.map(({ iptablesBackend }) => iptablesBackend).filter((backend) => backend !== undefined))];
  const [backend] = backends;
  const kubeProxy = pods.items[0]?.status?.containerStatuses?.[0];
  return {
    provider,
    kernel: info?.kernelVersion ?? 'unknown',
    kubernetes: version.gitVersion,
    ...(backend && backends.length === 1 ? { iptablesBackend: backend } : {}),
    osImage: info?.osImage,
    containerRuntime: info?.containerRuntimeVersion,
    kubeProxy: { image: kubeProxy?.image, imageId: kubeProxy?.imageID, configuration: configMap?.data?.['config.conf'] },
    nodes: Object.fromEntries(perNode.map(({ name, ...rest }) => [name, rest])),
  };
}

interface NodeFacts {
  readonly name: string;
  readonly iptablesBackend: IptablesBackend | undefined;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly kernelCommandLine?: string;
  readonly cpuModel?: string;
}

async function readNode(node: Host): Promise<NodeFacts> {
  const [version, sysctls, commandLine, cpu] = await Promise.all([
    node.exec(['iptables', '--version'], { accept: 'any' }),
    readSysctls(node),
    node.exec(['cat', '/proc/cmdline'], { accept: 'any' }),
    node.exec(['grep', '-m1', '^model name', '/proc/cpuinfo'], { accept: 'any' }),
  ]);
  const [kernelCommandLine, cpuModel] = [commandLine.stdout.trim(), /:\s*(.+)/.exec(cpu.stdout)?.[1]?.trim()];
  return {
    name: node.name,
    iptablesBackend: backendOf(version.stdout),
    sysctls,
    ...(kernelCommandLine ? { kernelCommandLine } : {}),
    ...(cpuModel ? { cpuModel } : {}),
  };
}

/** "iptables v1.8.9 (nf_tables)" or "(legacy)". */
export function backendOf(version: string): IptablesBackend | undefined {
  const [, backend] = /\((legacy|nf_tables)\)/.exec(version) ?? [];
  return backend as IptablesBackend | undefined;
}
