import type { V1EndpointSlice, V1Ingress, V1IngressClass, V1Service } from '@kubernetes/client-node';
import type { PathMatch } from './paths.ts';
import type { IngressProblem } from './problems.ts';

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
