import type { V1ConfigMap, V1Container, V1DaemonSet, V1Deployment, V1Namespace, V1PodSpec } from '@kubernetes/client-node';

/** The namespace of everything that trafficlab puts into a cluster of its own. */
export const NAMESPACE = 'trafficlab';
export const ECHO = 'echo';
export const CLIENT = 'client';
export const ECHO_PORT = 8080;
/** Where the agent lies in a pod. */
export const AGENT_FILE = '/trafficlab/agent.mjs';

export const labels = (app: string): Record<string, string> => ({
  'app.kubernetes.io/name': app,
  'app.kubernetes.io/managed-by': 'trafficlab',
});

export const namespaceObject = (name: string): V1Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: labels(NAMESPACE) },
});

/** The agent travels as one file in a ConfigMap (1 MiB at most), so nothing of ours is ever pulled. */
export const agentConfigMap = (namespace: string, source: string): V1ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'agent', namespace, labels: labels(NAMESPACE) },
  data: { 'agent.mjs': source },
});

/** Echo pods with this label stand behind the Services; one that loses it goes on running. */
export const SERVES = { 'trafficlab.dev/serves': 'yes' } as const;

export interface EchoOptions {
  readonly namespace: string;
  readonly replicas: number;
  readonly image: string;
  readonly agentHash: string;
  /** A port of each node that leads to the pod on it; then a node can hold one of these pods. */
  readonly hostPort?: number;
}

/** The backend: echo pods, spread evenly over the workers (the control plane's taint keeps them off it). */
export function echoDeployment({ namespace, replicas, image, agentHash, hostPort }: EchoOptions): V1Deployment {
  const container = {
    ports: [{ name: 'http', containerPort: ECHO_PORT, ...(hostPort === undefined ? {} : { hostPort }) }],
    readinessProbe: { httpGet: { path: '/healthz', port: ECHO_PORT }, periodSeconds: 1, failureThreshold: 30 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: ECHO, namespace, labels: labels(ECHO) },
    spec: {
      replicas,
      selector: { matchLabels: labels(ECHO) },
      ...(hostPort === undefined ? {} : { strategy: oldPodFirst }),
      template: {
        metadata: { labels: { ...labels(ECHO), ...SERVES }, annotations: ofAgent(agentHash) },
        spec: {
          ...podSpec(image, ['echo', '--port', String(ECHO_PORT)], container),
          topologySpreadConstraints: spreadOver(ECHO),
        },
      },
    },
  };
}

/** A new pod would wait for ever for the hostPort that the old one has. */
export const oldPodFirst = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };

/** Over the nodes, as evenly as it goes. */
export const spreadOver = (app: string) => [
  {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: labels(app) },
  },
];

/** One idle client pod on every node, the control plane included: vantages for load, and witnesses that each node has its rules. */
export const clientDaemonSet = (namespace: string, image: string, agentHash: string): V1DaemonSet => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: CLIENT, namespace, labels: labels(CLIENT) },
  spec: {
    selector: { matchLabels: labels(CLIENT) },
    template: {
      metadata: { labels: labels(CLIENT), annotations: ofAgent(agentHash) },
      spec: { ...podSpec(image, ['idle']), tolerations: [{ operator: 'Exists' }] },
    },
  },
});

/** Pods of another agent are replaced: on a cluster that is used again the old ones would go on answering. */
export const ofAgent = (hash: string): Record<string, string> => ({ 'trafficlab.dev/agent': hash });

function podSpec(image: string, args: readonly string[], container: Partial<V1Container> = {}): V1PodSpec {
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  return {
    terminationGracePeriodSeconds: 1,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    volumes: [{ name: 'agent', configMap: { name: 'agent' } }],
    containers: [
      {
        name: 'agent',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['node', AGENT_FILE, ...args],
        env: [field('POD_NAME', 'metadata.name'), field('NODE_NAME', 'spec.nodeName')],
        volumeMounts: [{ name: 'agent', mountPath: '/trafficlab', readOnly: true }],
        securityContext: {
          allowPrivilegeEscalation: false,
          runAsNonRoot: true,
          runAsUser: 65534,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        },
        ...container,
      },
    ],
  };
}
