import { waitFor } from '../../waiting/wait.ts';
import type { Host } from '../contract/host.ts';
import { labels } from '../kube/manifests/agent.ts';
import { ENTER_NODE, NODE_ACCESS, nodeAccess } from '../kube/manifests/node-access.ts';
import { type Site, sited } from '../kube/manifests/site.ts';
import { podHost } from '../kube/pod-host.ts';
import { daemonSetReady, selectorText } from '../kube/ready.ts';
import type { Access } from './context.ts';
import type { UsableNode } from './nodes.ts';

/** Puts a privileged pod on each node, and hands out the nodes as hosts that are entered by it. */
export async function openNodes(
  { client }: Access,
  site: Site,
  nodes: readonly UsableNode[],
  image: string,
  signal: AbortSignal,
): Promise<Host[]> {
  const wait = { deadlineMs: 120_000, intervalMs: 300, signal };
  const { namespace } = site;
  await client.apply(sited(nodeAccess(namespace, image), site));
  await daemonSetReady(client, namespace, NODE_ACCESS, wait);
  const ask = { namespace, labelSelector: selectorText(labels(NODE_ACCESS)) };
  return waitFor('a pod of node-access on each node', wait, async () => {
    const { items } = await client.core.listNamespacedPod(ask);
    const hosts = nodes.flatMap((node) => {
      const pod = items.find(({ spec }) => spec?.nodeName === node.name);
      return pod ? [entered(node, podHost({ exec: client.exec, pod, container: NODE_ACCESS, inNetwork: absent }))] : [];
    });
    return hosts.length === nodes.length ? { value: hosts } : { seen: `${hosts.length} of ${nodes.length}` };
  });
}

function entered({ name, role, address }: UsableNode, pod: Host): Host {
  const exec: Host['exec'] = (argv, options) => pod.exec([...ENTER_NODE, ...argv], options);
  return { name, role, address, exec, inNetwork: exec, lines: (argv, options) => pod.lines([...ENTER_NODE, ...argv], options) };
}

/** A node's network is the node's own, reached by `exec`. */
const absent = async (): Promise<never> => {
  throw new TypeError('the network of node-access is that of its node');
};
