import type { V1CustomResourceDefinition } from '@kubernetes/client-node';

export const METALLB_NAMESPACE = 'metallb-system';
export const METALLB_GROUP = 'metallb.io';

/** Every kind that the native controller and speaker list when they start (v0.15.2); ConfigurationState is newer. */
const kinds = {
  IPAddressPool: 'v1beta1',
  L2Advertisement: 'v1beta1',
  BGPAdvertisement: 'v1beta1',
  BGPPeer: 'v1beta2',
  BFDProfile: 'v1beta1',
  Community: 'v1beta1',
  ServiceL2Status: 'v1beta1',
  ServiceBGPStatus: 'v1beta1',
  ConfigurationState: 'v1beta1',
} as const;
type Kind = keyof typeof kinds;

/** Versions that MetalLB asks after when it starts, and nobody uses any more. */
const older: Partial<Record<Kind, readonly string[]>> = { BGPPeer: ['v1beta1'] };

export const apiVersionOf = (kind: Kind): string => `${METALLB_GROUP}/${kinds[kind]}`;

/**
 * MetalLB's kinds without their schemas: objects are kept as they are written, and no conversion webhook has to run. A schema would fill in
 * defaults, so whoever writes such objects must write all fields out.
 */
export const metallbKinds = (): V1CustomResourceDefinition[] =>
  (Object.keys(kinds) as Kind[]).map((kind) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${pluralOf(kind)}.${METALLB_GROUP}` },
    spec: {
      group: METALLB_GROUP,
      names: { kind, listKind: `${kind}List`, plural: pluralOf(kind), singular: kind.toLowerCase() },
      scope: 'Namespaced',
      conversion: { strategy: 'None' },
      versions: [kinds[kind], ...(older[kind] ?? [])].map((name) => ({
        name,
        served: true,
        storage: name === kinds[kind],
        schema: { openAPIV3Schema: { type: 'object', x_kubernetes_preserve_unknown_fields: true } },
        subresources: { status: {} },
      })),
    },
  }));

function pluralOf(kind: Kind): string {
  const name = kind.toLowerCase();
  if (name.endsWith('y')) return `${name.slice(0, -1)}ies`;
  return `${name}${name.endsWith('s') ? 'es' : 's'}`;
}
