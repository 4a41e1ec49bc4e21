import { type Right, roleLine } from '../cluster/contract/right.ts';

/** "create, get pods/exec in kube-system". */
export const rightName = ({ resources, verbs, resourceNames, namespace }: Right): string =>
  `${verbs.join(', ')} ${resources[0]}${resourceNames ? ` ${resourceNames[0]}` : ''}${namespace ? ` in ${namespace}` : ''}`;

/** The lines that grant rights, by the Role or ClusterRole that they belong to. */
export function grantText(rights: readonly Right[]): string {
  const places = [...new Set(rights.map(({ namespace }) => namespace))];
  const grants = places.map((place) => {
    const lines = rights.filter(({ namespace }) => namespace === place).map(roleLine);
    return [`to ${place === undefined ? 'its ClusterRole' : `its Role in ${place}`}:`, ...lines].join('\n  ');
  });
  return `add ${grants.join('\nand ')}\n(docs/kubeconfig.md has the full manifest)`;
}
