import type { V1Ingress, V1IngressClass } from '@kubernetes/client-node';
import type { ControllerName } from '../../contract/topology.ts';
import { labels } from './agent.ts';
import { SERVICE_PORT } from './service.ts';

/** The class whose Ingresses the controller of a namespace serves. traefik's own name is free for whoever installed it already. */
export const ingressClassName = (namespace: string, controller: ControllerName): string => `${namespace}-${controller}`;

/** What an IngressClass calls its controller: traefik insists on its own word. */
const classController = (controller: ControllerName): string =>
  controller === 'traefik' ? 'traefik.io/ingress-controller' : `trafficlab.dev/${controller}`;

export const ingressClass = (namespace: string, controller: ControllerName): V1IngressClass => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: ingressClassName(namespace, controller), labels: labels(controller) },
  spec: { controller: classController(controller) },
});

/** All requests of a controller go to one Service, whatever host they name. */
export const ingressTo = (namespace: string, controller: ControllerName, service: string): V1Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: `${service}-${controller}`, namespace, labels: labels(service) },
  spec: {
    ingressClassName: ingressClassName(namespace, controller),
    rules: [
      {
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { number: SERVICE_PORT } } } }],
        },
      },
    ],
  },
});
