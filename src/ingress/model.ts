import type { V1EndpointSlice, V1Ingress, V1IngressClass, V1Service } from '@kubernetes/client-node';
import { createResolver, type Resolver } from './backends.ts';
import { type IngressClassOf, ingressesOf } from './classes.ts';
import { createRuleBook, hostProblem, normalPath, type PathMatch, pathProblem, type RuleBook } from './rules.ts';

/** What a controller watches; objects of all namespaces, in any order. */
export interface IngressObjects {
  readonly ingresses: readonly V1Ingress[];
  readonly classes: readonly V1IngressClass[];
  readonly services: readonly V1Service[];
  readonly endpointSlices: readonly V1EndpointSlice[];
}

/** What a proxy is to do, in no proxy's words. The same objects give the same model, whatever order they come in. */
export interface IngressModel {
  /** Exact hosts first, then wildcards ("*.example.org": one label more), each sorted. */
  readonly hosts: readonly HostRules[];
  /** For requests of every other host. */
  readonly anyHost: readonly PathRule[];
  /** What the rules lead to, sorted by id. */
  readonly backends: readonly Backend[];
  readonly problems: readonly IngressProblem[];
}

/**
 * All that a request of this host can match, the first match deciding: rules for the host itself, then those of a wildcard that covers it,
 * then those without a host, then the default backend. A rule that one of a nearer host hides is left out.
 */
export interface HostRules {
  readonly host: string;
  readonly rules: readonly PathRule[];
}

/** Prefix goes by path elements: "/foo" covers "/foo", "/foo/" and "/foo/bar", not "/foobar"; it has no slash at its end, but for "/". */
export interface PathRule {
  readonly match: PathMatch;
  readonly path: string;
  /** Id of a backend; absent where the Ingress names none that exists, which is answered with 503. */
  readonly backend?: string;
}

export interface Backend {
  /** "namespace.service.port", of letters, digits, dots and hyphens: a name in every proxy's configuration. */
  readonly id: string;
  /** The ready endpoints, and where none is ready those that terminate but still serve (KEP-1669), sorted. */
  readonly endpoints: readonly BackendEndpoint[];
}

export interface BackendEndpoint {
  readonly address: string;
  readonly port: number;
}

export interface IngressProblem {
  readonly kind: 'other-class' | 'no-service' | 'no-port' | 'no-endpoints' | 'bad-rule' | 'conflict';
  /** "namespace/name" of the Ingress. */
  readonly ingress: string;
  /** One sentence for people. */
  readonly sentence: string;
}

/** The model of the Ingresses of a class; what is wrong with them is in it as data, and nothing throws. */
export function buildModel(objects: IngressObjects, which: IngressClassOf): IngressModel {
  const { ours, problems: ofClasses } = ingressesOf(objects.ingresses, objects.classes, which);
  const resolver = createResolver(objects.services, objects.endpointSlices);
  const book = createRuleBook();
  const problems = [...ofClasses, ...ours.flatMap((ingress) => enter(ingress, resolver, book))];
  const { hosts, anyHost } = book.rules();
  const used = new Set([...hosts.flatMap(({ rules }) => rules), ...anyHost].map(({ backend }) => backend));
  return { hosts, anyHost, backends: resolver.backends().filter(({ id }) => used.has(id)), problems: eachOnce(problems) };
}

function enter(ingress: V1Ingress, resolver: Resolver, book: RuleBook): IngressProblem[] {
  const name = ingressName(ingress);
  const problems: IngressProblem[] = [];
  const tell = (kind: IngressProblem['kind'], sentence: string) =>
    problems.push({ kind, ingress: name, sentence: `Ingress ${name}: ${sentence}` });
  const namespace = ingress.metadata?.namespace ?? 'default';

  for (const { host = '', http } of ingress.spec?.rules ?? []) {
    const wrongHost = hostProblem(host);
    if (wrongHost) {
      tell('bad-rule', wrongHost);
      continue;
    }
    for (const { path, pathType, backend } of http?.paths ?? []) {
      const match: PathMatch = pathType === 'Exact' ? 'exact' : 'prefix'; // ImplementationSpecific: ours is Prefix
      const wrongPath = pathProblem(path ?? '/');
      if (wrongPath) {
        tell('bad-rule', wrongPath);
        continue;
      }
      const resolved = resolver.resolve(namespace, backend);
      if (resolved.problem) tell(resolved.problem.kind, resolved.problem.sentence);
      const rule = {
        match,
        path: normalPath(match, path ?? '/'),
        ...(resolved.id === undefined ? {} : { backend: resolved.id }),
      };
      const older = book.add(host, rule, name);
      if (older !== undefined)
        tell('conflict', `${match} path "${rule.path}" of ${host || 'any host'} belongs to the older Ingress ${older}.`);
    }
  }
  if (ingress.spec?.defaultBackend) {
    const resolved = resolver.resolve(namespace, ingress.spec.defaultBackend);
    if (resolved.problem) tell(resolved.problem.kind, resolved.problem.sentence);
    const older = book.setDefault(resolved.id, name);
    if (older !== undefined) tell('conflict', `the default backend is that of the older Ingress ${older}.`);
  }
  return problems;
}

/** "namespace/name". */
export const ingressName = ({ metadata }: V1Ingress): string => `${metadata?.namespace ?? 'default'}/${metadata?.name ?? ''}`;

const eachOnce = (problems: readonly IngressProblem[]): IngressProblem[] => [
  ...new Map(problems.map((problem) => [problem.sentence, problem])).values(),
];
