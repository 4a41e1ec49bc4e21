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

/** Arguments only: where the program lies, and what starts it, differs between images. */
export const traefik = (place: Placed, image: string): KubernetesObject =>
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
          `--entrypoints.web.address=:${PROXY_PORT}`,
          // Connections are held open by the lab's client, idle too, and end when it ends them.
          '--entrypoints.web.transport.respondingtimeouts.readtimeout=0',
          '--entrypoints.web.transport.respondingtimeouts.idletimeout=1h',
          `--entrypoints.traefik.address=:${STATUS_PORT}`,
          '--ping=true',
          '--providers.kubernetesingress=true',
          `--providers.kubernetesingress.ingressclass=${ingressClassName(place.namespace, 'traefik')}`,
          // As the Ingress specification has it: "/foo" does not match "/foobar", and a Service without endpoints is 503 and not 404.
          '--providers.kubernetesingress.strictprefixmatching=true',
          '--providers.kubernetesingress.allowemptyservices=true',
        ],
        // One processor, as the others have one worker.
        env: [{ name: 'GOMAXPROCS', value: '1' }],
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
