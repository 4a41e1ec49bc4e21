import type { V1EndpointSlice, V1Ingress, V1IngressBackend, V1IngressClass, V1Service } from '@kubernetes/client-node';
import { createResolver, type Resolver } from './backends.ts';
import { type IngressClassOf, ingressesOf } from './classes.ts';
import { escapedPattern, readPath } from './paths.ts';
import type { Fault, IngressProblem } from './problems.ts';
import { createRuleBook, isHost, type PathMatch, type RuleBook } from './rules.ts';

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

/**
 * Prefix goes by path elements: "/foo" covers "/foo", "/foo/" and "/foo/bar", not "/foobar"; it has no slash at its end, but for "/".
 * Paths are decoded; `pattern` is a regular expression, anchored where the path begins.
 */
export interface PathRule {
  readonly match: PathMatch;
  readonly path: string;
  /** Id of a backend; absent where the Ingress names none that exists, which is answered with 503. */
  readonly backend?: string;
}

export interface Backend {
  /**
   * "namespace.service.port", and the port's name too where that alone tells two apart; of letters, digits, dots and hyphens: a name in every
   * proxy's configuration.
   */
  readonly id: string;
  /** The ready endpoints, and where none is ready those that terminate but still serve (KEP-1669), sorted. */
  readonly endpoints: readonly BackendEndpoint[];
}

export interface BackendEndpoint {
  readonly address: string;
  readonly port: number;
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
  const namespace = ingress.metadata?.namespace ?? 'default';
  const problems: IngressProblem[] = [];
  const tell = (fault: Fault) => problems.push({ ingress: name, ...fault });
  const resolve = (backend: V1IngressBackend): string | undefined => {
    const { id, fault } = resolver.resolve(namespace, backend);
    if (fault) tell(fault);
    return id;
  };
  const add = (host: string, match: PathMatch, path: string, backend?: string) => {
    const earlier = book.add(host, { match, path, ...(backend === undefined ? {} : { backend }) }, name);
    if (!earlier) return;
    if (earlier.ingress !== name) tell({ kind: 'conflict', host, match, path, older: earlier.ingress });
    else if (earlier.backend !== backend) tell({ kind: 'duplicate', host, match, path });
  };

  for (const { host = '', http } of ingress.spec?.rules ?? []) {
    if (!isHost(host)) {
      tell({ kind: 'bad-host', host });
      continue;
    }
    for (const { path = '', pathType, backend } of http?.paths ?? []) {
      const read = readPath(pathType, path);
      if ('match' in read) add(host, read.match, read.path, resolve(backend));
      else if (read.head === undefined) tell({ kind: 'bad-path', host, path, fault: read.fault });
      else {
        tell({ kind: 'unservable-path', host, path, fault: read.fault, head: read.head });
        // Its requests must not go to a rule that covers more, such as that of "/".
        add(host, 'pattern', escapedPattern(read.head));
      }
    }
  }
  if (ingress.spec?.defaultBackend) {
    const earlier = book.setDefault(resolve(ingress.spec.defaultBackend), name);
    if (earlier) tell({ kind: 'default-conflict', older: earlier.ingress });
  }
  return problems;
}

/** "namespace/name". */
export const ingressName = ({ metadata }: V1Ingress): string => `${metadata?.namespace ?? 'default'}/${metadata?.name ?? ''}`;

const eachOnce = (problems: readonly IngressProblem[]): IngressProblem[] => [
  ...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values(),
];
