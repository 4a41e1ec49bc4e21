import type { V1Pod } from '@kubernetes/client-node';
import { CommandError } from '../../errors.ts';
import type { Host } from '../contract/host.ts';

/**
 * Runs a node's tools in a pod's network namespace: slim images have neither ss nor ip. The pod's process is found on its node by
 * the pod's uid, which is in the cgroup path of each of its processes.
 */
export function inPodNetwork(nodes: readonly Host[], pod: V1Pod): Host['inNetwork'] {
  const node = nodes.find(({ name }) => name === pod.spec?.nodeName);
  return async (argv, options) => {
    if (node?.closed !== undefined) throw new CommandError("entering a pod's network needs --allow-cluster-scope");
    if (!node) throw new CommandError(`trafficlab may not run commands on the node of pod ${pod.metadata?.name}`);
    const uid = pod.metadata?.uid ?? '';
    const patterns = ['-e', uid, '-e', uid.replaceAll('-', '_')];
    const { stdout } = await node.exec(['sh', '-c', 'grep -l "$@" /proc/[0-9]*/cgroup 2>/dev/null || true', 'grep', ...patterns]);
    const pid = /\/proc\/(\d+)\/cgroup/.exec(stdout)?.[1];
    if (!pid) throw new CommandError(`no process of pod ${pod.metadata?.name} found on ${node.name}`);
    return node.exec(['nsenter', '--target', pid, '--net', ...argv], options);
  };
}
