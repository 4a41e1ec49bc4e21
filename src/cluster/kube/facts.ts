import type { Host } from '../contract/host.ts';
import type { Detected, Facts, IptablesBackend } from '../contract/provider.ts';
import { readSysctls } from '../kernel/sysctls.ts';
import type { KubeClient } from './client.ts';
import { readIptablesBackend } from './iptables-backend.ts';
import { cniOf } from './networks.ts';
import { systemPod } from './system-pods.ts';

/** Reads what a running cluster says of itself: versions, digests, kube-proxy's configuration, each node's kernel side. */
export async function readFacts(client: KubeClient, nodes: readonly Host[], provider: string): Promise<Facts> {
  const [version, nodeList, configMap, pods, perNode] = await Promise.all([
    client.version.getCode(),
    client.core.listNode(),
    client.core.readNamespacedConfigMap({ namespace: 'kube-system', name: 'kube-proxy' }).catch(() => undefined),
    client.core.listNamespacedPod({ namespace: 'kube-system' }),
    Promise.all(nodes.map(readNode)),
  ]);
  const info = nodeList.items[0]?.status?.nodeInfo;
  const backend = sameBackend(perNode);
  const kubeProxy = pods.items.find(({ metadata }) => metadata?.labels?.['k8s-app'] === 'kube-proxy')?.status
    ?.containerStatuses?.[0];
  return {
    provider,
    kernel: info?.kernelVersion ?? 'unknown',
    kubernetes: version.gitVersion,
    ...('value' in backend ? { iptablesBackend: backend.value } : {}),
    detected: { iptablesBackend: backend, cni: cniOf(pods.items.map(systemPod), []) },
    osImage: info?.osImage,
    containerRuntime: info?.containerRuntimeVersion,
    kubeProxy: { image: kubeProxy?.image, imageId: kubeProxy?.imageID, configuration: configMap?.data?.['config.conf'] },
    nodes: Object.fromEntries(perNode.map(({ name, iptables: _told, ...rest }) => [name, rest])),
  };
}

interface NodeFacts {
  readonly name: string;
  readonly iptables: Detected<IptablesBackend>;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly kernelCommandLine?: string;
  readonly cpuModel?: string;
}

async function readNode(node: Host): Promise<NodeFacts> {
  const [iptables, sysctls, commandLine, cpu] = await Promise.all([
    readIptablesBackend(node),
    readSysctls(node),
    node.exec(['cat', '/proc/cmdline'], { accept: 'any' }),
    node.exec(['grep', '-m1', '^model name', '/proc/cpuinfo'], { accept: 'any' }),
  ]);
  const [kernelCommandLine, cpuModel] = [commandLine.stdout.trim(), /:\s*(.+)/.exec(cpu.stdout)?.[1]?.trim()];
  return {
    name: node.name,
    iptables,
    sysctls,
    ...(kernelCommandLine ? { kernelCommandLine } : {}),
    ...(cpuModel ? { cpuModel } : {}),
  };
}

/** One backend on all nodes, as sure as the least sure of them. */
function sameBackend(nodes: readonly Pick<NodeFacts, 'name' | 'iptables'>[]): Detected<IptablesBackend> {
  const [first] = nodes;
  if (!first) return { unknown: 'trafficlab may not run commands on any node' };
  const weakest =
    nodes.find(({ iptables }) => 'unknown' in iptables) ??
    nodes.find(({ iptables }) => 'value' in iptables && iptables.source !== 'kernel');
  const values = new Set(nodes.map(({ iptables }) => ('value' in iptables ? iptables.value : undefined)));
  if (values.size > 1)
    return {
      unknown: `nodes differ: ${nodes.map(({ name, iptables }) => `${'value' in iptables ? iptables.value : 'unknown'} on ${name}`).join(', ')}`,
    };
  return (weakest ?? first).iptables;
}
