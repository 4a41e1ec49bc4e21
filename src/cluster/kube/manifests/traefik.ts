import type { KubernetesObject } from '@kubernetes/client-node';
import { ingressClassName } from './ingress.ts';
import { type Placed, PROXY_CONTAINER, PROXY_PORT, placed, proxyPorts, readyWhen, STATUS_PORT } from './placed.ts';
import { boundRole, serviceAccount } from './rbac.ts';

const ACCOUNT = 'traefik';

/** What traefik must see of the cluster; it is its own controller and watches for itself. */
export const traefikGround = (namespace: string): KubernetesObject[] => [
  serviceAccount(ACCOUNT, namespace),
  ...boundRole({
    name: `${namespace}-traefik`,
    account: ACCOUNT,
    namespace,
    rules: [
      { apiGroups: [''], resources: ['services', 'secrets', 'nodes'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'ingressclasses'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['update'] },
    ],
  }),
];

/** Name of the entry point that takes requests. */
export const WEB = 'web';

/** What a tuning makes of traefik. */
export interface TraefikTuned {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Arguments only: where the program lies, and what starts it, differs between images. */
export const traefik = (place: Placed, image: string, tuned: TraefikTuned): KubernetesObject =>
  placed(place, {
    serviceAccountName: ACCOUNT,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: PROXY_CONTAINER,
        image,
        imagePullPolicy: 'IfNotPresent',
        args: [
          '--global.checknewversion=false',
          '--global.sendanonymoususage=false',
          '--log.level=WARN',
          `--entrypoints.${WEB}.address=:${PROXY_PORT}`,
          `--entrypoints.traefik.address=:${STATUS_PORT}`,
          '--ping=true',
          '--providers.kubernetesingress=true',
          `--providers.kubernetesingress.ingressclass=${ingressClassName(place.namespace, 'traefik')}`,
          // As the Ingress specification has it: "/foo" does not match "/foobar", and a Service without endpoints is 503 and not 404.
          '--providers.kubernetesingress.strictprefixmatching=true',
          '--providers.kubernetesingress.allowemptyservices=true',
          ...tuned.args,
        ],
        env: Object.entries(tuned.env).map(([name, value]) => ({ name, value })),
        ports: proxyPorts(place),
        readinessProbe: readyWhen('/ping'),
        securityContext: {
          allowPrivilegeEscalation: false,
          runAsNonRoot: true,
          runAsUser: 65_532,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        },
      },
    ],
  });
