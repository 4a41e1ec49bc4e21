import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { KubernetesObject, V1Pod } from '@kubernetes/client-node';
import { agentFile } from '../../load/agent-file.ts';
import { waitFor } from '../../wait.ts';
import type { Deployment, Endpoint, Host, RunContext, ServiceRef, Topology, Workload } from '../provider.ts';
import { targetsOf } from '../targets.ts';
import { serviceKey } from '../topology.ts';
import type { KubeClient } from './client.ts';
import {
  agentConfigMap,
  CLIENT,
  clientDaemonSet,
  ECHO,
  ECHO_PORT,
  echoDeployment,
  labels,
  NAMESPACE,
  namespace,
  SERVES,
} from './manifests/agent.ts';
import { exposingService, servedEntries, serviceName, serviceRef } from './manifests/service.ts';
import { podHost } from './pod-host.ts';
import { daemonSetReady, deploymentReady } from './ready.ts';

export interface Stage {
  readonly client: KubeClient;
  readonly nodes: readonly Host[];
  /** The client outside the cluster. */
  readonly outside: Host;
  readonly image: string;
  /** Runs a command with a node's tools in the network namespace of a pod on it. */
  inPodNetwork(pod: V1Pod): Host['inNetwork'];
}

const READY = { deadlineMs: 180_000, intervalMs: 300 } as const;

/** Applies the workload and its Services, waits until each pod is ready, and says where it can be reached. */
export async function deploy(
  stage: Stage,
  workload: Workload,
  topologies: readonly Topology[],
  context: RunContext,
): Promise<Deployment> {
  const { client } = stage;
  const wait = { ...READY, signal: context.signal };
  const entries = servedEntries(topologies);
  const source = await readFile(agentFile(), 'utf8');
  const hash = createHash('sha256').update(source).digest('hex').slice(0, 16);
  const objects: KubernetesObject[] = [
    namespace(),
    agentConfigMap(source),
    echoDeployment(workload.replicas, stage.image, hash),
    clientDaemonSet(stage.image, hash),
    ...entries.map((entry) => exposingService(entry, echoOptions(workload))),
  ];
  for (const object of objects) await client.apply(object);
  await Promise.all([deploymentReady(client, NAMESPACE, ECHO, wait), daemonSetReady(client, NAMESPACE, CLIENT, wait)]);
  const [endpoints, clients, services] = await Promise.all([
    readEndpoints(client, workload.replicas, wait),
    clientHosts(stage),
    Promise.all(entries.map(async (entry) => [serviceKey(entry), await readService(client, serviceName(ECHO, entry))] as const)),
  ]);
  return {
    services: services.map(([, service]) => service),
    endpoints,
    clients,
    targets: targetsOf(topologies, {
      nodes: stage.nodes,
      outside: stage.outside,
      clients,
      endpoints,
      services: new Map(services),
      controllers: [],
      positions: new Map(),
    }),
    controllers: [],
    facts: {},
    serveBy: (pods) => serveBy(client, endpoints, pods),
    [Symbol.asyncDispose]: async () => {
      await client.core.deleteNamespace({ name: NAMESPACE });
    },
  };
}

async function readEndpoints(
  { core }: KubeClient,
  replicas: number,
  wait: { deadlineMs: number; intervalMs: number; signal: AbortSignal },
): Promise<Endpoint[]> {
  const labelSelector = selector(ECHO);
  return waitFor(`${replicas} echo pods with addresses`, wait, async () => {
    const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector });
    const up = items.filter(
      ({ metadata, status }) => !metadata?.deletionTimestamp && status?.podIP && status.phase === 'Running',
    );
    if (up.length !== replicas) return { seen: `${up.length} of ${replicas}` };
    return {
      value: up.map(({ metadata, spec, status }) => ({
        pod: metadata?.name ?? '',
        node: spec?.nodeName ?? '',
        address: status?.podIP ?? '',
        port: ECHO_PORT,
      })),
    };
  });
}

async function clientHosts({ client, inPodNetwork }: Stage): Promise<Host[]> {
  const { items } = await client.core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: selector(CLIENT) });
  return items
    .filter(({ metadata }) => !metadata?.deletionTimestamp)
    .map((pod) => podHost({ exec: client.exec, pod, container: 'agent', inNetwork: inPodNetwork(pod) }));
}

const readService = async ({ core }: KubeClient, name: string): Promise<ServiceRef> =>
  serviceRef(await core.readNamespacedService({ namespace: NAMESPACE, name }));

const echoOptions = ({ sessionAffinity = false }: Workload) => ({
  app: ECHO,
  targetPort: ECHO_PORT,
  sessionAffinity,
  selector: SERVES,
});

/** A pod without the label is behind no Service, and its ReplicaSet still counts it. */
async function serveBy({ core }: KubeClient, endpoints: readonly Endpoint[], pods: readonly string[]): Promise<void> {
  const [label = '', yes] = Object.entries(SERVES)[0] ?? [];
  const path = `/metadata/labels/${label.replace('/', '~1')}`; // RFC 6901
  for (const { pod } of endpoints) {
    const body = [{ op: 'add', path, value: pods.includes(pod) ? yes : 'no' }];
    await core.patchNamespacedPod({ name: pod, namespace: NAMESPACE, body });
  }
}

const selector = (app: string): string =>
  Object.entries(labels(app))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
