import type { PathFault, PathMatch } from './paths.ts';

/** What is wrong with an Ingress, as data; `problemSentence` writes it out. */
export type IngressProblem = OfIngress & Fault;

interface OfIngress {
  /** "namespace/name" of the Ingress. */
  readonly ingress: string;
}

export type Fault =
  | BackendFault
  | RuleFault
  | { readonly kind: 'other-class'; readonly className?: string; readonly controller?: string };

/** Names of Services are "namespace/name". Without endpoints, Service or port the rule stays and is answered with 503. */
export type BackendFault =
  | { readonly kind: 'resource-backend'; readonly resource: string }
  | { readonly kind: 'no-service' | 'external-name'; readonly service: string }
  /** `protocols`: those of the ports that have the name or number, all of them other than TCP. */
  | { readonly kind: 'no-port'; readonly service: string; readonly port: string; readonly protocols: readonly string[] }
  | { readonly kind: 'no-endpoints'; readonly service: string; readonly port: number }
  /** The port asks for another protocol; the backend gets plain HTTP/1.1 all the same. */
  | { readonly kind: 'app-protocol'; readonly service: string; readonly port: number; readonly appProtocol: string };

export type RuleFault =
  /** The host is no DNS name; its rules are left out. */
  | { readonly kind: 'bad-host'; readonly host: string }
  /** No request has such a path; the rule is left out. */
  | { readonly kind: 'bad-path'; readonly host: string; readonly path: string; readonly fault: PathFault }
  /** No proxy can serve this path; what begins with `head` is answered with 503. */
  | {
      readonly kind: 'unservable-path';
      readonly host: string;
      readonly path: string;
      readonly fault: PathFault;
      readonly head: string;
    }
  /** One Ingress has the path twice, with two backends; the first has it. */
  | { readonly kind: 'duplicate'; readonly host: string; readonly match: PathMatch; readonly path: string }
  | { readonly kind: 'conflict'; readonly host: string; readonly match: PathMatch; readonly path: string; readonly older: string }
  | { readonly kind: 'default-conflict'; readonly older: string }
  /** The proxy refuses a configuration that has this Ingress in it; all of its rules are left out. */
  | { readonly kind: 'refused'; readonly said: string };

/** One sentence for people, with the name of the Ingress. */
export const problemSentence = (problem: IngressProblem): string => `Ingress ${problem.ingress}: ${faultSentence(problem)}`;

/** The same without the name, as an Event on the Ingress has it. */
export function faultSentence(fault: Fault): string {
  switch (fault.kind) {
    case 'other-class':
      return `ignored, because it ${classSentence(fault.className, fault.controller)}.`;
    case 'resource-backend':
      return `a backend of kind ${fault.resource} is not supported; use a Service.`;
    case 'no-service':
      return `there is no Service ${fault.service}.`;
    case 'external-name':
      return `the Service ${fault.service} has type ExternalName, which has no endpoints.`;
    case 'no-port':
      return fault.protocols.length > 0
        ? `port ${fault.port} of the Service ${fault.service} is ${fault.protocols.join(' and ')}; HTTP needs a TCP port.`
        : `the Service ${fault.service} has no port ${fault.port}.`;
    case 'no-endpoints':
      return `the Service ${fault.service} has no ready endpoints for its TCP port ${fault.port}.`;
    case 'app-protocol':
      return `port ${fault.port} of the Service ${fault.service} says ${fault.appProtocol}; the proxy sends plain HTTP/1.1.`;
    case 'bad-host':
      return `the host ${JSON.stringify(fault.host)} is neither a DNS name nor "*." and a DNS name; its rules are ignored.`;
    case 'bad-path':
      return `the path ${JSON.stringify(fault.path)} of ${hostName(fault.host)} ${whyNot[fault.fault]}; the rule is ignored.`;
    case 'unservable-path':
      return `the path ${shown(fault.path)} of ${hostName(fault.host)} ${whyNot[fault.fault]}; paths that begin with ${shown(fault.head)} get 503.`;
    case 'duplicate':
      return `${fault.match} path "${fault.path}" of ${hostName(fault.host)} has two backends; the first one is used.`;
    case 'conflict':
      return `${fault.match} path "${fault.path}" of ${hostName(fault.host)} belongs to the older Ingress ${fault.older}.`;
    case 'default-conflict':
      return `the default backend belongs to the older Ingress ${fault.older}.`;
    case 'refused':
      return `the proxy refuses a configuration with this Ingress, so all of its rules are left out: ${fault.said}`;
  }
}

const classSentence = (className: string | undefined, controller: string | undefined): string =>
  className === undefined
    ? 'names no IngressClass, and none is the default'
    : controller === undefined
      ? `names the IngressClass "${className}", which does not exist`
      : `is of the IngressClass "${className}", which ${controller} serves`;

const whyNot: Readonly<Record<PathFault, string>> = {
  'no-slash': 'does not begin with "/"',
  'refused-by-api': 'has an empty element, "." or ".." in it, or "%2F"',
  'too-long': 'is too long',
  'not-text': 'has control characters or is not UTF-8',
  'encoded-slash': 'has "%2F" in it',
  pattern: 'is a regular expression that not every proxy understands',
};

const hostName = (host: string): string => host || 'any host';

const SHOWN = 80;
const shown = (text: string): string => JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text);
