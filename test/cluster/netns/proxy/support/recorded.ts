import { readFileSync } from 'node:fs';
import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import type { ProxyConfig } from '../../../../../src/cluster/netns/proxy/config.ts';
import type { ProxyObjects } from '../../../../../src/cluster/netns/proxy/service-map.ts';

const folder = new URL('../../../../fixtures/kube-proxy-rules/', import.meta.url);

/** A file of test/fixtures/kube-proxy-rules. */
export const recorded = (path: string): string => readFileSync(new URL(path, folder), 'utf8');

/** How the real kube-proxy was run; see the README beside the fixtures. */
export const recordedConfig: ProxyConfig = {
  node: { name: 'n1', address: '172.18.0.9', zone: 'zone-a' },
  clusterCidr: '10.244.0.0/16',
  serviceCidrs: ['10.96.0.0/16'],
  nfacct: true,
};

/** The objects of a recording, and the Service of the API server, which was there as well. */
export function recordedObjects(path = 'objects.yaml'): ProxyObjects {
  const documents = parseAllDocuments(recorded(path).replaceAll('THIS_NODE', 'n1')).map((document) => document.toJS());
  const services = documents.filter((object) => object?.kind === 'Service') as V1Service[];
  const endpointSlices = documents.filter((object) => object?.kind === 'EndpointSlice') as V1EndpointSlice[];
  const balanced = services.map((service) =>
    // In the first recording the status was written by hand.
    service.metadata?.name === 'lb-local' && path === 'objects.yaml'
      ? { ...service, status: { loadBalancer: { ingress: [{ ip: '172.18.255.201' }] } } }
      : service,
  );
  return {
    services: [...balanced, apiServer],
    endpointSlices: [...endpointSlices, apiServerSlice],
  };
}

const apiServer: V1Service = {
  metadata: { name: 'kubernetes', namespace: 'default' },
  spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 16443, protocol: 'TCP' }] },
};
const apiServerSlice: V1EndpointSlice = {
  metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
  addressType: 'IPv4',
  ports: [{ name: 'https', port: 16443, protocol: 'TCP' }],
  endpoints: [{ addresses: ['172.18.0.9'], conditions: { ready: true } }],
};
