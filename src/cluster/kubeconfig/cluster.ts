import { CommandError } from '../../errors.ts';
import type { Host } from '../host.ts';
import { deploy } from '../kube/deploy.ts';
import { readFacts } from '../kube/facts.ts';
import type { Images } from '../kube/images.ts';
import { inPodNetwork } from '../kube/in-pod-network.ts';
import type { Site } from '../kube/manifests/site.ts';
import type { Stage } from '../kube/stage.ts';
import type { Cluster, ClusterSpec, Facts } from '../provider.ts';
import { collectLogs } from './collect-logs.ts';
import type { Access } from './context.ts';
import { findingsOf } from './inspect.ts';
import { proveMode } from './prove-mode.ts';
import type { Outside } from './reach.ts';
import type { Survey } from './survey.ts';

export interface Opened {
  readonly access: Access;
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
  const { access, spec, survey, images, site, nodes, outside, dispose } = opened;
  const { client } = access;
  const closed = nodes.find(({ unobservable }) => unobservable !== undefined);
  const stage: Stage = {
    client,
    site,
    nodes,
    outside: outside.host,
    reaches: outside.reaches,
    images,
    addressPool: spec.addressPool,
    inPodNetwork: (pod) =>
      closed ? refuse(`a pod's network cannot be entered: ${closed.unobservable}`) : inPodNetwork(nodes, pod),
    loadImages: async () => {}, // the nodes pull what they lack
    segment: refuse('no addresses are given out here'),
    usedNetworks: refuse('no addresses are given out here'),
    startRouter: refuse('no router is started here'),
  };
  const { found, kubeProxies } = survey;
  return {
    spec,
    hosts: [...nodes, outside.host],
    facts: await factsOf(opened),
    proveMode: () =>
      proveMode(access, { mode: spec.proxyMode, nodes, found: found.mode, ...(kubeProxies ? { kubeProxies } : {}) }),
    deploy: (workload, topologies, context) => deploy(stage, workload, topologies, context),
    carriers: async () => [],
    collectLogs: (directory) => collectLogs(client, site.namespace, directory),
    [Symbol.asyncDispose]: dispose,
  };
}

/** Limits say beforehand that it cannot be had. */
const refuse = (why: string) => async (): Promise<never> => {
  throw new CommandError(why);
};

async function factsOf({ access, survey, images, site, nodes }: Opened): Promise<Facts> {
  const used = survey.nodes.filter(({ metadata }) => nodes.some(({ name }) => name === metadata?.name));
  const kernels = [...new Set(used.map(({ status }) => status?.nodeInfo?.kernelVersion ?? 'unknown'))];
  const info = used[0]?.status?.nodeInfo;
  const open = nodes.every(({ unobservable }) => unobservable === undefined);
  return {
    ...(open
      ? await readFacts(access.client, nodes, 'kubeconfig')
      : { osImage: info?.osImage, containerRuntime: info?.containerRuntimeVersion }),
    provider: 'kubeconfig',
    kernel: kernels.join(' and '),
    kubernetes: survey.kubernetes,
    context: access.context,
    namespace: site.namespace,
    found: findingsOf(survey.found),
    nodesUsed: nodes.map(({ name, role }) => `${name} (${role})`),
    clientImage: images.client,
  };
}
