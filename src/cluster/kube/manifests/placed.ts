import type { V1DaemonSet, V1Deployment, V1PodSpec } from '@kubernetes/client-node';
import type { Placement } from '../../contract/topology.ts';
import { labels, oldPodFirst, spreadOver } from './agent.ts';

export interface Placed {
  readonly namespace: string;
  readonly id: string;
  readonly placement: Placement;
  readonly hostPort?: number;
}

/** What the pods of every controller have: where the proxy listens, and where it says how it is. Ports that nobody needs a privilege for. */
export const PROXY_PORT = 8000;
export const STATUS_PORT = 8001;
export const PROXY_CONTAINER = 'proxy';

/** The port of the proxy, and of its node where it is reached by that. */
export const proxyPorts = ({ hostPort }: Pick<Placed, 'hostPort'>) => [
  { name: 'http', containerPort: PROXY_PORT, ...(hostPort === undefined ? {} : { hostPort }) },
];

export const readyWhen = (path: string) => ({
  httpGet: { path, port: STATUS_PORT },
  periodSeconds: 1,
  timeoutSeconds: 2,
  failureThreshold: 60,
});

/** Controller pods as they are placed: one on every worker, or so many spread over them. */
export function placed(
  { namespace, id, placement, hostPort }: Placed,
  spec: V1PodSpec,
  annotations: Readonly<Record<string, string>> = {},
): V1DaemonSet | V1Deployment {
  const metadata = { name: id, namespace, labels: labels(id) };
  const selector = { matchLabels: labels(id) };
  const template = { metadata: { labels: labels(id), annotations }, spec };
  if (placement === 'daemonset') return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: { selector, template } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: placement.replicas,
      selector,
      ...(hostPort === undefined ? {} : { strategy: oldPodFirst }),
      template: { ...template, spec: { ...spec, topologySpreadConstraints: spreadOver(id) } },
    },
  };
}
