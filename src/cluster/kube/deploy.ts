import { readFile } from 'node:fs/promises';
import type { KubernetesObject, V1Pod, V1Service } from '@kubernetes/client-node';
import { agentFile } from '../../load/agent-file.ts';
import { waitFor } from '../../wait.ts';
import type { Deployment, Endpoint, Host, RunContext, ServiceRef, Target, Topology, Workload } from '../provider.ts';
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
  const objects: KubernetesObject[] = [
    namespace(),
    agentConfigMap(source),
    echoDeployment(workload.replicas, stage.image),
    clientDaemonSet(stage.image),
    ...policies.map((policy) => echoService(policy, workload.sessionAffinity ?? false)),
  ];
  for (const object of objects) await client.apply(object);
  await Promise.all([deploymentReady(client, NAMESPACE, ECHO, wait), daemonSetReady(client, NAMESPACE, CLIENT, wait)]);
  const [endpoints, clients, services] = await Promise.all([
    readEndpoints(client, workload.replicas, wait),
    clientHosts(stage),
    Promise.all(policies.map(async (policy) => [policy, await readService(client, policy)] as const)),
  ]);
  const byPolicy = new Map(services);
  return {
    services: services.map(([, service]) => service),
    endpoints,
    clients,
    targets: targetsOf(stage, topologies, { endpoints, clients, byPolicy }),
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

interface Parts {
  readonly endpoints: readonly Endpoint[];
  readonly clients: readonly Host[];
  readonly byPolicy: ReadonlyMap<'cluster' | 'local', ServiceRef>;
}

/**
 * The inside client is the one on the control plane, where no echo pod runs: every backend is one node away from it, so a pod's
 * own address and a Service differ in the rules and in nothing else. NodePorts are entered at the first worker.
 */
function targetsOf(
  { nodes, outside }: Stage,
  topologies: readonly Topology[],
  { endpoints, clients, byPolicy }: Parts,
): Target[] {
  const controlPlane = nodes.find(({ role }) => role === 'control-plane');
  const entry = nodes.find(({ role, name }) => role === 'worker' && endpoints.some(({ node }) => node === name));
  const inside = clients.find(({ node }) => node === controlPlane?.name);
  const [endpoint] = endpoints;
  if (!inside || !entry || !endpoint)
    throw new TypeError('a cluster needs a control plane with a client and a worker with an echo pod');
  return topologies.flatMap((topology): Target[] => {
    if (topology.entry === 'pod')
      return [{ url: `http://${endpoint.address}:${endpoint.port}/`, from: inside, vantage: 'pod', topology }];
    const service = byPolicy.get(topology.entry === 'node-port' ? topology.trafficPolicy : 'cluster');
    if (!service) return [];
    if (topology.entry === 'cluster-ip')
      return [
        {
          url: `http://${service.clusterIP}:${service.port}/`,
          from: inside,
          vantage: 'pod',
          topology,
          service,
          entryNode: inside.node ?? '',
        },
      ];
    const url = `http://${entry.address}:${service.nodePort}/`;
    return (['pod', 'outside'] as const).map((vantage) => ({
      url,
      from: vantage === 'pod' ? inside : outside,
      vantage,
      topology,
      service,
      entryNode: entry.name,
    }));
  });
}

const selector = (app: string): string =>
  Object.entries(labels(app))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
