import type { V1Node } from '@kubernetes/client-node';
import { lackedRights } from './ask-rights.ts';
import type { Access } from './context.ts';
import { type Discovery, discover, type SystemPod } from './discover.ts';
import { type UsableNode, usableNodes } from './nodes.ts';
import { isKubeProxy, observe } from './observe.ts';
import { asksKubeProxy } from './rights.ts';

/** What a cluster is, as found out before anything is created. */
export interface Survey {
  readonly kubernetes: string;
  readonly nodes: readonly V1Node[];
  readonly usable: readonly UsableNode[];
  readonly pods: readonly SystemPod[];
  /** Those that may be asked themselves; absent: the right is missing. */
  readonly kubeProxies?: readonly SystemPod[];
  readonly found: Discovery;
}

/** Reads what a run needs to know of a cluster; creates nothing but access reviews, which nobody keeps. */
export async function survey(access: Access, namespace: string): Promise<Survey> {
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
    ...(mayAsk ? { kubeProxies: pods.filter(isKubeProxy) } : {}),
    found: discover(observed),
  };
}
