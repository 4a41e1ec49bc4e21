import type { V1Service } from '@kubernetes/client-node';
import { ECHO, ECHO_PORT, labels, NAMESPACE } from './agent.ts';

export const SERVICE_PORT = 80;
export const SERVICE_PORT_NAME = 'http';

/** The Services in front of the echo pods: `echo` (externalTrafficPolicy Cluster) and `echo-local` (Local). */
export const serviceName = (policy: 'cluster' | 'local'): string => (policy === 'local' ? `${ECHO}-local` : ECHO);

/** A NodePort Service has a ClusterIP as well, so one Service serves both entries. The API server chooses addresses and ports. */
export const echoService = (policy: 'cluster' | 'local', sessionAffinity: boolean): V1Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: serviceName(policy), namespace: NAMESPACE, labels: labels(ECHO) },
  spec: {
    type: 'NodePort',
    externalTrafficPolicy: policy === 'local' ? 'Local' : 'Cluster',
    sessionAffinity: sessionAffinity ? 'ClientIP' : 'None',
    selector: labels(ECHO),
    ports: [{ name: SERVICE_PORT_NAME, port: SERVICE_PORT, targetPort: ECHO_PORT, protocol: 'TCP' }],
  },
});
