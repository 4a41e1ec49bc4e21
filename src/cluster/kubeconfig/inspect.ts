import { UnavailableError } from '../../errors.ts';
import { eventsBut } from '../contract/event-limits.ts';
import { noServicelb } from '../contract/no-servicelb.ts';
import { type Obstacle, statedBy } from '../contract/obstacle.ts';
import type { ProviderOptions } from '../contract/options.ts';
import { type Limits, type ProxyMode, proxyModes } from '../contract/provider.ts';
import type { Right } from '../contract/right.ts';
import { controllers, pooledAnnouncements } from '../contract/topology.ts';
import { ownObjectPerformers } from '../kube/perform.ts';
import { lackedRights } from './ask-rights.ts';
import type { Access } from './context.ts';
import { type Discovery, detectionsOf } from './discover.ts';
import { namespaceName } from './namespace.ts';
import { lookOutside } from './reach.ts';
import { asksKubeProxy, everyRun, ingress } from './rights.ts';
import { type Survey, survey } from './survey.ts';

const noLink = { code: 'links-not-shaped', provider: 'kubeconfig' } as const;
/** Events concern what the run labelled itself. */
const notOurs = { code: 'event-not-ours' } as const;
const nothing = {
  proxyModes: {},
  topologies: { 'link-rate': noLink, 'link-delay': noLink, 'link-loss': noLink },
  series: {},
  events: eventsBut(ownObjectPerformers, notOurs),
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
    if (missing.length > 0) return { ...nothing, provider: { code: 'rights-missing', context: access.context, rights: missing } };
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
        ...waysIn(options.allowClusterScope === true, { context: access.context, rights: lackedForIngress }, surveyed.found),
        ...vantages(outside.reaches),
      },
      // Every node would carry their rules.
      services: { most: 1, because: { code: 'no-fillers', provider: 'kubeconfig' } },
      families: familiesOf(access, surveyed),
      seen: seenOf(access, surveyed),
      detected: detectionsOf(surveyed.found),
    };
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { ...nothing, provider: statedBy(error) };
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
    return { code: 'no-kube-proxy', from: mode.from };
  }
  if (mode.lacks) return { code: 'mode-hidden', rights: [mode.lacks] };
  return { code: 'mode-unknown', said: mode.unknown, right: asksKubeProxy };
}

function otherModes({ mode }: Discovery): Partial<Record<ProxyMode, Obstacle>> {
  if ('unknown' in mode) return {};
  const others = proxyModes.filter((one) => one !== mode.value);
  return Object.fromEntries(others.map((one) => [one, { code: 'runs-another-mode', mode: mode.value }]));
}

/** By the keys that doctor looks for as well. */
function waysIn(
  clusterScope: boolean,
  lacked: { readonly context: string; readonly rights: readonly Right[] },
  { loadBalancer }: Discovery,
): Record<string, Obstacle> {
  const balanced: Obstacle = {
    code: 'balancer-present',
    balancer: 'value' in loadBalancer ? { name: loadBalancer.value } : { unknown: loadBalancer.unknown },
  };
  const ingress: Obstacle | undefined = !clusterScope
    ? { code: 'controller-outside-namespace' }
    : lacked.rights.length > 0
      ? { code: 'rights-missing', ...lacked }
      : undefined;
  return {
    ...Object.fromEntries(pooledAnnouncements.map((announce) => [`load-balancer-${announce}`, balanced])),
    ...noServicelb('outside-namespace'),
    ...(clusterScope ? {} : { 'host-port': { code: 'host-port-forbidden' } }),
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
  return {
    ...(nodes ? {} : { outside: { code: 'no-route', to: 'nodes' } }),
    ...(pods ? {} : { 'pod/outside': { code: 'no-route', to: 'pods' } }),
    ...(services ? {} : { 'cluster-ip/outside': { code: 'no-route', to: 'services' } }),
  };
}

const seenOf = ({ context, server }: Access, { kubernetes, nodes, usable }: Survey): Record<string, string> => ({
  context,
  apiServer: server,
  kubernetes,
  nodes: `${nodes.length}, ${usable.length} usable for trafficlab's pods`,
});
