import { UnavailableError } from '../../errors.ts';
import { eventsBut } from '../contract/event-limits.ts';
import { noServicelb } from '../contract/no-servicelb.ts';
import type { ProviderOptions } from '../contract/options.ts';
import { type Limits, type Obstacle, type ProxyMode, proxyModes } from '../contract/provider.ts';
import { controllers, pooledAnnouncements } from '../contract/topology.ts';
import { lackedRights } from './ask-rights.ts';
import type { Access } from './context.ts';
import { type Discovery, detectionsOf } from './discover.ts';
import { namespaceName } from './namespace.ts';
import { lookOutside } from './reach.ts';
import { asksKubeProxy, everyRun, ingress, missingRights, type Right, rightName, roleLine } from './rights.ts';
import { type Survey, survey } from './survey.ts';

const noLink = {
  reason: "links of somebody's nodes are not shaped",
  remedy: 'shape links on a cluster of your own: -- --provider netns',
};
/** Events concern what the run labelled itself. */
const notOurs = {
  reason: 'trafficlab stops, kills and changes nothing that it did not make',
  remedy: 'use a cluster of your own: -- --provider netns',
};
const nothing = {
  proxyModes: {},
  topologies: { 'link-rate': noLink, 'link-delay': noLink, 'link-loss': noLink },
  probes: {},
  events: eventsBut(['serve-by'], notOurs),
  families: [],
  seen: {},
  bringUpSeconds: { family: 0, cluster: 20 },
} satisfies Limits;

/** What a run could do on the cluster of a context. Everything here is read: rights, nodes, who carries; nothing is created. */
export async function inspectContext(open: () => Promise<Access>, options: ProviderOptions): Promise<Limits> {
  try {
    const access = await open();
    const own = namespaceName();
    const missing = await lackedRights(access, everyRun, own);
    if (missing.length > 0)
      return { ...nothing, provider: missingRights(`the user of the context "${access.context}"`, missing) };
    const surveyed = await survey(access, own);
    const lackedForIngress = options.allowClusterScope ? await lackedRights(access, ingress, own) : [];
    const outside = await lookOutside(access, surveyed.usable, surveyed.pods);
    const blocked = modeObstacle(surveyed.found);
    return {
      ...nothing,
      ...(blocked ? { provider: blocked } : {}),
      proxyModes: otherModes(surveyed.found),
      topologies: {
        ...nothing.topologies,
        ...waysIn(options.allowClusterScope === true, lackedForIngress, surveyed.found),
        ...vantages(outside.reaches),
      },
      services: {
        most: 1,
        reason: "no fillers are put into somebody's cluster: every node would carry their rules",
        remedy: 'use --provider netns',
      },
      families: familiesOf(access, surveyed),
      seen: seenOf(access, surveyed),
      detected: detectionsOf(surveyed.found),
    };
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { ...nothing, provider: { reason: error.message, remedy: error.remedy ?? '' } };
  }
}

function familiesOf({ context }: Access, { kubernetes, found }: Survey): Limits['families'] {
  if ('unknown' in found.mode || found.mode.value === 'none') return [];
  const proxyMode = found.mode.value;
  return [
    { id: 'cluster', title: `Kubernetes ${kubernetes}, context ${context}`, version: kubernetes, members: [{ proxyMode }] },
  ];
}

/** No lab without a mode: what was not found out is not measured under a name. */
function modeObstacle({ mode }: Discovery): Obstacle | undefined {
  if ('value' in mode) {
    if (mode.value !== 'none') return undefined;
    return {
      reason: `no kube-proxy carries traffic on this cluster: ${mode.from}`,
      remedy: 'labs compare the modes of kube-proxy; use a cluster that has one',
    };
  }
  if (mode.lacks)
    return {
      ...missingRights('to find out the mode of kube-proxy the user', [mode.lacks]),
      reason: `the mode of kube-proxy is not found out: the user may not ${rightName(mode.lacks)}`,
    };
  return {
    reason: `the mode of kube-proxy is not found out: ${mode.unknown}`,
    remedy: `let kube-proxy be asked itself, by a Role in kube-system: ${roleLine(asksKubeProxy)}; or use a cluster whose kube-proxy can be seen`,
  };
}

function otherModes({ mode }: Discovery): Partial<Record<ProxyMode, Obstacle>> {
  if ('unknown' in mode) return {};
  const others = proxyModes.filter((one) => one !== mode.value);
  const reason = `this cluster runs ${mode.value}, and a cluster's mode is not changed`;
  return Object.fromEntries(
    others.map((one) => [one, { reason, remedy: 'use a cluster in that mode, or one of your own: -- --provider netns' }]),
  );
}

/** By the keys that doctor looks for as well. */
function waysIn(clusterScope: boolean, lacked: readonly Right[], { loadBalancer }: Discovery): Record<string, Obstacle> {
  const remedy = 'allow it where that is welcome: --allow-cluster-scope';
  const balanced = {
    reason: `labs announce LoadBalancers by a MetalLB of their own, and none is put beside what the cluster has (${'value' in loadBalancer ? loadBalancer.value : `not found out: ${loadBalancer.unknown}`})`,
    remedy: 'use -- --provider kind',
  };
  const outsideOfIt = { reason: 'an IngressClass and the ClusterRole of a controller lie outside of the namespace', remedy };
  const ingress = !clusterScope ? outsideOfIt : lacked.length > 0 ? missingRights('the user of this context', lacked) : undefined;
  return {
    ...Object.fromEntries(pooledAnnouncements.map((announce) => [`load-balancer-${announce}`, balanced])),
    ...noServicelb("its pods would stand outside of the run's namespace"),
    ...(clusterScope ? {} : { 'host-port': { reason: 'the Pod Security level "restricted" allows no hostPort', remedy } }),
    ...(ingress ? Object.fromEntries(controllers.map((controller) => [`ingress-${controller}`, ingress])) : {}),
  };
}

function vantages({
  nodes,
  pods,
  services,
}: {
  readonly nodes: boolean;
  readonly pods: boolean;
  readonly services: boolean;
}): Record<string, Obstacle> {
  const remedy = 'run trafficlab where there is a route to them';
  return {
    ...(nodes
      ? {}
      : {
          outside: {
            reason: "this machine does not reach the nodes' addresses, so nothing here is outside of the cluster and near it",
            remedy,
          },
        }),
    ...(pods ? {} : { 'pod/outside': { reason: "this machine does not reach the pods' addresses", remedy } }),
    ...(services ? {} : { 'cluster-ip/outside': { reason: "this machine does not reach the Services' ClusterIPs", remedy } }),
  };
}

const seenOf = ({ context, server }: Access, { kubernetes, nodes, usable }: Survey): Record<string, string> => ({
  context,
  apiServer: server,
  kubernetes,
  nodes: `${nodes.length}, of which pods of ours may run on ${usable.length}`,
});
