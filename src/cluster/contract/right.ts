import { z } from 'zod';

/** Verbs on a resource, as a rule of a Role has them ("pods", or with its subresource "pods/exec"); absent namespace: in all of them. */
export const rightSchema = z
  .object({
    apiGroups: z.tuple([z.string()]).readonly(),
    resources: z.tuple([z.string()]).readonly(),
    verbs: z.array(z.string()).readonly(),
    resourceNames: z.tuple([z.string()]).readonly().exactOptional(),
    namespace: z.string().exactOptional(),
  })
  .meta({ id: 'right' });

/** A rule and where it must hold: everywhere (a ClusterRole), or in one namespace (a Role). */
export type Right = Readonly<z.infer<typeof rightSchema>>;

/** A right as a line of a Role's or ClusterRole's `rules`. */
export function roleLine({ apiGroups, resources, verbs, resourceNames }: Right): string {
  const list = (items: readonly string[]) => `[${items.map((item) => `"${item}"`).join(', ')}]`;
  const names = resourceNames ? `, resourceNames: ${list(resourceNames)}` : '';
  return `- { apiGroups: ${list(apiGroups)}, resources: ${list(resources)}${names}, verbs: ${list(verbs)} }`;
}
