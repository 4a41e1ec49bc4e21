import { CommandError } from '../../errors.ts';
import type { Host } from '../contract/host.ts';
import type { Cluster, ClusterSpec, Facts } from '../contract/provider.ts';
import type { KubeClient } from '../kube/client.ts';
import { kubeCluster } from '../kube/cluster.ts';
import { readFacts } from '../kube/facts.ts';
import type { Images } from '../kube/images.ts';
import type { Site } from '../kube/manifests/site.ts';
import { ownObjectPerformers } from '../kube/perform.ts';
import { podsByExec } from '../kube/pod-host.ts';
import { collectLogs } from './collect-logs.ts';
import type { Access } from './context.ts';
import { detectionsOf } from './discover.ts';
import { proveMode } from './prove-mode.ts';
import type { Outside } from './reach.ts';
import type { Survey } from './survey.ts';

export interface Opened {
  readonly access: Access;
  /** The client whose calls go on after the run's signal, for deleting. */
  readonly unbound: KubeClient;
  readonly spec: ClusterSpec;
  readonly survey: Survey;
  readonly images: Images;
  readonly site: Site;
  /** In the order of their names but the first, on which the client inside stands. */
  readonly nodes: readonly Host[];
  readonly outside: Outside;
  readonly dispose: () => Promise<void>;
}

/** A namespace of a cluster that exists, behind the contract of provider.ts. */
export async function openCluster(opened: Opened): Promise<Cluster> {
  const { access, unbound, spec, survey, images, site, nodes, outside, dispose } = opened;
  const { found, kubeProxies } = survey;
  return kubeCluster({
    spec,
    platform: {
      client: unbound,
      site,
      nodes,
      outside: outside.host,
      reaches: outside.reaches,
      images,
      addressPool: spec.addressPool,
      hostOf: podsByExec(unbound, nodes),
      loadImages: async () => {}, // the nodes pull what they lack
      segment: refuse('trafficlab assigns no addresses on an existing cluster'),
      usedNetworks: refuse('trafficlab assigns no addresses on an existing cluster'),
      startRouter: refuse('trafficlab starts no router on an existing cluster'),
    },
    facts: await factsOf(opened),
    performers: ownObjectPerformers,
    proveMode: () =>
      proveMode(access, { mode: spec.proxyMode, nodes, found: found.mode, ...(kubeProxies ? { kubeProxies } : {}) }),
    collectLogs: (directory) => collectLogs(unbound, site.namespace, directory),
    dispose,
  });
}

/** Limits say beforehand that it cannot be had. */
const refuse = (why: string) => async (): Promise<never> => {
  throw new CommandError(why);
};

const CLOSED_BACKEND = {
  unknown: 'only visible on a node',
  remedy: 'allow it with --allow-cluster-scope',
} as const;

async function factsOf({ access, survey, images, site, nodes }: Opened): Promise<Facts> {
  const used = survey.nodes.filter(({ metadata }) => nodes.some(({ name }) => name === metadata?.name));
  const kernels = [...new Set(used.map(({ status }) => status?.nodeInfo?.kernelVersion ?? 'unknown'))];
  const info = used[0]?.status?.nodeInfo;
  const open = nodes.every(({ closed }) => closed === undefined);
  const seen = open ? await readFacts(access.client, nodes, 'kubeconfig') : undefined;
  return {
    ...(seen ?? { osImage: info?.osImage, containerRuntime: info?.containerRuntimeVersion }),
    provider: 'kubeconfig',
    kernel: kernels.join(' and '),
    kubernetes: survey.kubernetes,
    context: access.context,
    namespace: site.namespace,
    detected: { ...detectionsOf(survey.found), iptablesBackend: seen?.detected?.iptablesBackend ?? CLOSED_BACKEND },
    nodesUsed: nodes.map(({ name, role }) => `${name} (${role})`),
    clientImage: images.client,
  };
}
