import type { Right } from '../cluster/kubeconfig/rights.ts';

/** A right as a line of a Role's or ClusterRole's `rules`. */
export function rightLine({ apiGroups, resources, verbs, resourceNames }: Right): string {
  const list = (items: readonly string[]) => `[${items.map((item) => `"${item}"`).join(', ')}]`;
  const names = resourceNames ? `, resourceNames: ${list(resourceNames)}` : '';
  return `- { apiGroups: ${list(apiGroups)}, resources: ${list(resources)}${names}, verbs: ${list(verbs)} }`;
}

/** "create, get pods/exec in kube-system". */
export const rightName = ({ resources, verbs, resourceNames, namespace }: Right): string =>
  `${verbs.join(', ')} ${resources[0]}${resourceNames ? ` ${resourceNames[0]}` : ''}${namespace ? ` in ${namespace}` : ''}`;

/** The lines that grant rights, by the Role or ClusterRole that they belong to. */
export function grantText(rights: readonly Right[]): string {
  const places = [...new Set(rights.map(({ namespace }) => namespace))];
  const grants = places.map((place) => {
    const lines = rights.filter(({ namespace }) => namespace === place).map(rightLine);
    return [`to ${place === undefined ? 'its ClusterRole' : `its Role in ${place}`}:`, ...lines].join('\n  ');
  });
  return `add ${grants.join('\nand ')}\n(docs/kubeconfig.md has the whole manifest)`;
}
