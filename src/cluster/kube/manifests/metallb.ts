import type {
  KubernetesObject,
  V1Container,
  V1DaemonSet,
  V1Deployment,
  V1PodTemplateSpec,
  V1PolicyRule,
} from '@kubernetes/client-node';
import type { Images } from '../images.ts';
import { labels } from './agent.ts';
import { METALLB_GROUP, METALLB_NAMESPACE, metallbKinds } from './metallb-kinds.ts';
import { boundRole, serviceAccount } from './rbac.ts';

export const METALLB_CONTROLLER = 'controller';
export const METALLB_SPEAKER = 'speaker';
const METRICS_PORT = 7472;

/** All of MetalLB but its two workloads: namespace, kinds and permissions. */
export const metallbGround = (): KubernetesObject[] => [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: METALLB_NAMESPACE,
      // The speaker is on the host's network, and sends and receives raw packets there.
      labels: Object.fromEntries(
        ['audit', 'enforce', 'warn'].map((what) => [`pod-security.kubernetes.io/${what}`, 'privileged']),
      ),
    },
  },
  ...metallbKinds(),
  serviceAccount(METALLB_CONTROLLER, METALLB_NAMESPACE),
  serviceAccount(METALLB_SPEAKER, METALLB_NAMESPACE),
  ...boundRole({
    name: 'trafficlab-metallb-controller',
    account: METALLB_CONTROLLER,
    namespace: METALLB_NAMESPACE,
    rules: controllerRules,
  }),
  ...boundRole({
    name: 'trafficlab-metallb-speaker',
    account: METALLB_SPEAKER,
    namespace: METALLB_NAMESPACE,
    rules: speakerRules,
  }),
];

const look = ['get', 'list', 'watch'];
const configuration: V1PolicyRule = {
  apiGroups: [METALLB_GROUP],
  resources: ['ipaddresspools', 'bgppeers', 'bfdprofiles', 'bgpadvertisements', 'l2advertisements', 'communities'],
  verbs: look,
};
const events: V1PolicyRule = { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] };
const controllerRules: V1PolicyRule[] = [
  configuration,
  events,
  { apiGroups: [METALLB_GROUP], resources: ['ipaddresspools/status'], verbs: ['update', 'patch'] },
  { apiGroups: [METALLB_GROUP], resources: ['configurationstates', 'configurationstates/status'], verbs: ['*'] },
  { apiGroups: [''], resources: ['services', 'namespaces', 'nodes', 'secrets', 'configmaps'], verbs: look },
  { apiGroups: [''], resources: ['services/status'], verbs: ['update', 'patch'] },
];
const speakerRules: V1PolicyRule[] = [
  configuration,
  events,
  {
    apiGroups: [METALLB_GROUP],
    resources: ['servicel2statuses', 'servicebgpstatuses', 'configurationstates'].flatMap((one) => [one, `${one}/status`]),
    verbs: ['*'],
  },
  { apiGroups: [''], resources: ['services', 'endpoints', 'nodes', 'namespaces', 'pods', 'secrets', 'configmaps'], verbs: look },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: look },
];

/** Gives out addresses. Its webhooks are off: they fail closed while they start, and what they would check is written out by us. */
export const metallbController = (images: Pick<Images, 'metallb-controller'>): V1Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: METALLB_CONTROLLER, namespace: METALLB_NAMESPACE, labels: labels(METALLB_CONTROLLER) },
  spec: {
    replicas: 1,
    selector: { matchLabels: labels(METALLB_CONTROLLER) },
    template: podOf(METALLB_CONTROLLER, {
      image: images['metallb-controller'],
      command: ['/controller', `--port=${METRICS_PORT}`, '--log-level=info', '--webhook-mode=disabled'],
      securityContext: { ...confined, runAsNonRoot: true, runAsUser: 65_534 },
    }),
  },
});

/**
 * Announces addresses, on the workers: the control plane is excluded from load balancers by its label. Without memberlist, by which speakers
 * hear of each other's death: under the load of a lab on a small machine its probes come late, and an address would change its node.
 */
export const metallbSpeaker = (images: Pick<Images, 'metallb-speaker'>): V1DaemonSet => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: METALLB_SPEAKER, namespace: METALLB_NAMESPACE, labels: labels(METALLB_SPEAKER) },
  spec: {
    selector: { matchLabels: labels(METALLB_SPEAKER) },
    template: podOf(
      METALLB_SPEAKER,
      {
        image: images['metallb-speaker'],
        command: ['/speaker', `--port=${METRICS_PORT}`, '--log-level=info'],
        env: [
          ...Object.entries({
            METALLB_NODE_NAME: 'spec.nodeName',
            METALLB_POD_NAME: 'metadata.name',
            METALLB_HOST: 'status.hostIP',
          }).map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } })),
          { name: 'METALLB_BGP_TYPE', value: 'native' }, // since 0.16 another one is the default
        ],
        // As root: a file capability would be needed for anybody else to have NET_RAW.
        securityContext: { ...confined, runAsUser: 0, capabilities: { drop: ['ALL'], add: ['NET_RAW'] } },
      },
      true,
    ),
  },
});

const confined = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };

const podOf = (name: string, container: Omit<V1Container, 'name'>, hostNetwork = false): V1PodTemplateSpec => ({
  metadata: { labels: labels(name) },
  spec: {
    serviceAccountName: name,
    hostNetwork,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name,
        imagePullPolicy: 'IfNotPresent',
        ports: [{ name: 'monitoring', containerPort: METRICS_PORT }],
        readinessProbe: { httpGet: { path: '/metrics', port: METRICS_PORT }, periodSeconds: 1, failureThreshold: 30 },
        ...container,
      },
    ],
  },
});
