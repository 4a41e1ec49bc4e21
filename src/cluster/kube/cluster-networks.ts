import type { UsedNetwork } from '../addresses/routed-networks.ts';
import type { KubeClient } from './client.ts';

/** The networks of a cluster's pods and Services: of Services those that it says (ServiceCIDR, from 1.33), else the /16 around each ClusterIP. */
export async function clusterNetworks({ core, custom }: KubeClient): Promise<UsedNetwork[]> {
  const [nodes, services, ranges] = await Promise.all([
    core.listNode(),
    core.listServiceForAllNamespaces(),
    custom
      .listClusterCustomObject({ group: 'networking.k8s.io', version: 'v1', plural: 'servicecidrs' })
      .catch(() => undefined) as Promise<{ readonly items?: readonly ServiceCidr[] } | undefined>,
  ]);
  const ofServices = (ranges?.items ?? []).flatMap(({ spec }) => spec?.cidrs ?? []);
  const around = services.items.flatMap(({ spec }) => (spec?.clusterIP?.includes('.') ? [`${spec.clusterIP}/16`] : []));
  return [
    ...nodes.items.flatMap(({ spec }) =>
      (spec?.podCIDRs ?? []).map((network) => ({ network, by: "a network of the cluster's pods" })),
    ),
    ...[...new Set(ofServices.length > 0 ? ofServices : around)].map((network) => ({ network, by: "the cluster's Services" })),
  ];
}

interface ServiceCidr {
  readonly spec?: { readonly cidrs?: readonly string[] };
}
