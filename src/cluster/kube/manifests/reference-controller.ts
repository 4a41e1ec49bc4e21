import type { KubernetesObject } from '@kubernetes/client-node';
import type { ProxyName } from '../../contract/controllers.ts';
import type { Tuning } from '../../contract/topology.ts';
import { AGENT_FILE, ofAgent } from './agent.ts';
import { ingressClassName } from './ingress.ts';
import { type Placed, PROXY_CONTAINER, PROXY_PORT, placed, proxyPorts, readyWhen, STATUS_PORT } from './placed.ts';
import { boundRole, serviceAccount } from './rbac.ts';

const ACCOUNT = 'reference-controller';
/** What proxy and controller share: configuration, pid file, sockets. */
export const PROXY_FOLDER = '/proxy';
/** Both run as the same user, or the controller could not signal the proxy. */
const USER = 65_534;

/** What the reference controller must see of the cluster, and where it says what is wrong with an Ingress. */
export const referenceGround = (namespace: string): KubernetesObject[] => [
  serviceAccount(ACCOUNT, namespace),
  ...boundRole({
    name: `${namespace}-reference-controller`,
    account: ACCOUNT,
    namespace,
    rules: [
      { apiGroups: [''], resources: ['services'], verbs: ['list', 'watch'] },
      { apiGroups: [''], resources: ['events'], verbs: ['create'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'ingressclasses'], verbs: ['list', 'watch'] },
    ],
  }),
];

export interface ReferencePod extends Placed {
  readonly proxy: ProxyName;
  /** Starts it on the configuration in the folder. */
  readonly command: readonly string[];
  readonly proxyImage: string;
  readonly agentImage: string;
  readonly agentHash: string;
  readonly tuning: Tuning;
}

/** A stock proxy, and beside it the reference controller that writes its configuration and tells it to reload. */
export function referenceController({
  proxy,
  command,
  proxyImage,
  agentImage,
  agentHash,
  tuning,
  ...place
}: ReferencePod): KubernetesObject {
  const shared = { name: 'proxy', mountPath: PROXY_FOLDER };
  const securityContext = {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    runAsUser: USER,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const options = {
    '--proxy': proxy,
    '--class': ingressClassName(place.namespace, proxy),
    '--folder': PROXY_FOLDER,
    '--port': String(PROXY_PORT),
    '--status-port': String(STATUS_PORT),
    '--tuning': tuning,
  };
  return placed(
    place,
    {
      serviceAccountName: ACCOUNT,
      shareProcessNamespace: true,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      volumes: [
        { name: 'agent', configMap: { name: 'agent' } },
        { name: 'proxy', emptyDir: {} },
      ],
      containers: [
        {
          name: PROXY_CONTAINER,
          image: proxyImage,
          imagePullPolicy: 'IfNotPresent',
          command: [...command],
          ports: proxyPorts(place),
          readinessProbe: readyWhen('/healthz'),
          volumeMounts: [shared],
          securityContext,
        },
        {
          name: 'controller',
          image: agentImage,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', AGENT_FILE, 'ingress-controller', ...Object.entries(options).flat()],
          volumeMounts: [shared, { name: 'agent', mountPath: '/trafficlab', readOnly: true }],
          securityContext,
        },
      ],
    },
    ofAgent(agentHash),
  );
}
