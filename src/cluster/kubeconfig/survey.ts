import type { V1Node } from '@kubernetes/client-node';
import { TrafficlabError, UnavailableError } from '../../errors.ts';
import { saidBy } from '../kube/client.ts';
import type { SystemPod } from '../kube/system-pods.ts';
import { lackedRights } from './ask-rights.ts';
import type { Access } from './context.ts';
import { type Discovery, discover } from './discover.ts';
import { type UsableNode, usableNodes } from './nodes.ts';
import { askable, observe } from './observe.ts';
import { asksKubeProxy } from './rights.ts';

/** What a cluster is, as found out before anything is created. */
export interface Survey {
  readonly kubernetes: string;
  readonly nodes: readonly V1Node[];
  readonly usable: readonly UsableNode[];
  readonly pods: readonly SystemPod[];
  /** One for each node by which its kube-proxy may be asked; absent: the right is missing. */
  readonly kubeProxies?: readonly SystemPod[];
  readonly found: Discovery;
}

/**
 * Reads what a run needs to know of a cluster; creates nothing but access reviews, which nobody keeps.
 * @throws UnavailableError where the API server refuses what it granted, or is none.
 */
export async function survey(access: Access, namespace: string): Promise<Survey> {
  try {
    return await read(access, namespace);
  } catch (error) {
    if (error instanceof TrafficlabError) throw error;
    throw new UnavailableError(`${access.server} does not respond like an API server: ${saidBy(error).split('\n')[0]}`, {
      remedy: `check with: kubectl --context ${access.context} get nodes`,
      cause: error,
    });
  }
}

async function read(access: Access, namespace: string): Promise<Survey> {
  const { core, version } = access.client;
  const [{ gitVersion }, { items: nodes }, refused] = await Promise.all([
    version.getCode(),
    core.listNode(),
    lackedRights(access, [asksKubeProxy], namespace),
  ]);
  const mayAsk = refused.length === 0;
  const observed = await observe(access, nodes, mayAsk);
  const { pods } = observed;
  return {
    kubernetes: gitVersion,
    nodes,
    usable: usableNodes(nodes),
    pods,
    ...(mayAsk ? { kubeProxies: askable(pods) } : {}),
    found: discover(observed),
  };
}
