import type { V1DaemonSet } from '@kubernetes/client-node';
import { labels } from './agent.ts';

export const NODE_ACCESS = 'node-access';

/** Enters the namespaces of the node's first process, which are the node's own; what follows is run there. */
export const ENTER_NODE = ['nsenter', '--target', '1', '--mount', '--uts', '--ipc', '--net', '--pid', '--'] as const;

/** A privileged pod on every node, by which nodes are entered where nothing else leads into them. */
export const nodeAccess = (namespace: string, image: string): V1DaemonSet => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: NODE_ACCESS, namespace, labels: labels(NODE_ACCESS) },
  spec: {
    selector: { matchLabels: labels(NODE_ACCESS) },
    template: {
      metadata: { labels: labels(NODE_ACCESS) },
      spec: {
        hostNetwork: true,
        hostPID: true,
        tolerations: [{ operator: 'Exists' }],
        terminationGracePeriodSeconds: 1,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        containers: [
          {
            name: NODE_ACCESS,
            image,
            imagePullPolicy: 'IfNotPresent',
            command: [...ENTER_NODE, 'sleep', 'infinity'],
            securityContext: { privileged: true },
          },
        ],
      },
    },
  },
});
