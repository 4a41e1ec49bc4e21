import type { V1Ingress, V1IngressClass } from '@kubernetes/client-node';
import type { IngressProblem } from './problems.ts';

/** Whose Ingresses are served: those of one class, whether or not an IngressClass of that name exists, or of every class of a controller. */
export type IngressClassOf =
  | { readonly className: string }
  /** What the classes have in `spec.controller`, as in "trafficlab.dev/nginx". */
  | { readonly controller: string };

/** How an Ingress named its class before `ingressClassName`; deprecated, and still read where the field is absent. */
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const DEFAULT_ANNOTATION = 'ingressclass.kubernetes.io/is-default-class';

/** The Ingresses of a class, the oldest first, and a problem for each one that is nobody's or another's. */
export function ingressesOf(
  ingresses: readonly V1Ingress[],
  classes: readonly V1IngressClass[],
  which: IngressClassOf,
): { ours: readonly V1Ingress[]; problems: readonly IngressProblem[] } {
  const isOurs = ({ metadata, spec }: V1IngressClass) =>
    'className' in which ? metadata?.name === which.className : spec?.controller === which.controller;
  const served = new Set(classes.filter(isOurs).map(({ metadata }) => metadata?.name));
  if ('className' in which) served.add(which.className);
  const fallback = classes.find((one) => one.metadata?.annotations?.[DEFAULT_ANNOTATION] === 'true')?.metadata?.name;
  const classOf = ({ metadata, spec }: V1Ingress) =>
    spec?.ingressClassName ?? metadata?.annotations?.[CLASS_ANNOTATION] ?? fallback;

  const sorted = [...ingresses].sort(oldestFirst);
  const ours = sorted.filter((ingress) => served.has(classOf(ingress)));
  const problems = sorted
    .filter((ingress) => !ours.includes(ingress))
    .map((ingress) => otherClass(ingress, classOf(ingress), classes));
  return { ours, problems };
}

function otherClass(ingress: V1Ingress, className: string | undefined, classes: readonly V1IngressClass[]): IngressProblem {
  const controller = classes.find(({ metadata }) => metadata?.name === className)?.spec?.controller;
  return {
    kind: 'other-class',
    ingress: ingressName(ingress),
    ...(className === undefined ? {} : { className }),
    ...(controller === undefined ? {} : { controller }),
  };
}

/** Where two Ingresses claim the same, the older has it, as in most controllers; then the order is that of the names. */
export function oldestFirst(a: V1Ingress, b: V1Ingress): number {
  const [born, other] = [a, b].map(({ metadata }) => new Date(metadata?.creationTimestamp ?? 0).getTime()) as [number, number];
  return born - other || (ingressName(a) < ingressName(b) ? -1 : 1);
}

/** "namespace/name". */
export const ingressName = ({ metadata }: V1Ingress): string => `${metadata?.namespace ?? 'default'}/${metadata?.name ?? ''}`;
