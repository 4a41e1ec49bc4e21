import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { KubernetesObject, V1Pod, V1Service } from '@kubernetes/client-node';
import { agentFile } from '../../load/agent-file.ts';
import { waitFor } from '../../wait.ts';
import type { Deployment, Endpoint, Host, RunContext, ServiceRef, Topology, Workload } from '../provider.ts';
import { targetsOf } from '../targets.ts';
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
} from './manifests/agent.ts';
import { echoService, SERVICE_PORT, SERVICE_PORT_NAME, serviceName } from './manifests/service.ts';
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
  const policies = [
    ...new Set(topologies.map((topology) => (topology.entry === 'node-port' ? topology.trafficPolicy : 'cluster'))),
  ];
  const source = await readFile(agentFile(), 'utf8');
  const hash = createHash('sha256').update(source).digest('hex').slice(0, 16);
  const objects: KubernetesObject[] = [
    namespace(),
    agentConfigMap(source),
    echoDeployment(workload.replicas, stage.image, hash),
    clientDaemonSet(stage.image, hash),
    ...policies.map((policy) => echoService(policy, workload.sessionAffinity ?? false)),
  ];
  for (const object of objects) await client.apply(object);
  await Promise.all([deploymentReady(client, NAMESPACE, ECHO, wait), daemonSetReady(client, NAMESPACE, CLIENT, wait)]);
  const [endpoints, clients, services] = await Promise.all([
    readEndpoints(client, workload.replicas, wait),
    clientHosts(stage),
    Promise.all(policies.map(async (policy) => [policy, await readService(client, policy)] as const)),
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
      positions: new Map(),
    }),
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

async function readService({ core }: KubeClient, policy: 'cluster' | 'local'): Promise<ServiceRef> {
  const service: V1Service = await core.readNamespacedService({ namespace: NAMESPACE, name: serviceName(policy) });
  const nodePort = service.spec?.ports?.[0]?.nodePort;
  return {
    namespace: NAMESPACE,
    name: serviceName(policy),
    portName: SERVICE_PORT_NAME,
    protocol: 'tcp',
    clusterIP: service.spec?.clusterIP ?? '',
    port: SERVICE_PORT,
    ...(nodePort === undefined ? {} : { nodePort }),
  };
}

const selector = (app: string): string =>
  Object.entries(labels(app))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
