import type { HostRules, PathRule } from './model.ts';

export type PathMatch = 'exact' | 'prefix';

/** The rules of all Ingresses, by host; "" is any host. */
export interface RuleBook {
  /** The name of the Ingress that has this host and path already; undefined when the rule was taken. */
  add(host: string, rule: PathRule, ingress: string): string | undefined;
  /** Likewise for the default backend, which answers what no rule matches. */
  setDefault(backend: string | undefined, ingress: string): string | undefined;
  /** Each host with all that its requests can match, in the order in which the first match decides. */
  rules(): { hosts: HostRules[]; anyHost: PathRule[] };
}

export function createRuleBook(): RuleBook {
  const hosts = new Map<string, Map<string, PathRule & { readonly ingress: string }>>();
  let last: { readonly rule: PathRule; readonly ingress: string } | undefined;

  const own = (host: string): PathRule[] => [...(hosts.get(host)?.values() ?? [])].map(({ ingress: _, ...rule }) => rule);
  const fallThrough = (...layers: PathRule[][]) => visible([...layers, ...(last ? [[last.rule]] : [])]);

  return {
    add(host, rule, ingress) {
      const ofHost = hosts.get(host) ?? new Map();
      hosts.set(host, ofHost);
      const key = `${rule.match} ${rule.path}`;
      const older = ofHost.get(key);
      if (older) return older.ingress;
      ofHost.set(key, { ...rule, ingress });
      return undefined;
    },
    setDefault(backend, ingress) {
      if (last) return last.ingress;
      last = { rule: { match: 'prefix', path: '/', ...(backend === undefined ? {} : { backend }) }, ingress };
      return undefined;
    },
    rules: () => ({
      hosts: [...hosts.keys()]
        .filter((host) => host !== '')
        .sort(exactHostsFirst)
        .map((host) => ({ host, rules: fallThrough(own(host), own(wildcardOf(host)), own('')) })),
      anyHost: fallThrough(own('')),
    }),
  };
}

/** The wildcard that covers a host, for "a.example.org" that is "*.example.org"; a wildcard itself has none. */
const wildcardOf = (host: string): string => (host.startsWith('*') ? '*' : host.replace(/^[^.]*/, '*'));

const exactHostsFirst = (a: string, b: string): number =>
  Number(a.startsWith('*')) - Number(b.startsWith('*')) || (a < b ? -1 : a > b ? 1 : 0);

/**
 * Layers of rules, the nearest host's first, as one list where exact comes before prefix and the longest first. A rule that a nearer layer
 * covers can never decide and is left out, so that this order is right across layers too, and is the one that nginx has by itself.
 */
function visible(layers: readonly (readonly PathRule[])[]): PathRule[] {
  const kept: PathRule[] = [];
  for (const layer of layers) kept.push(...layer.filter((rule) => !kept.some((nearer) => hides(nearer, rule))));
  return kept.sort(mostParticularFirst);
}

/** All that the second rule matches is matched by the first. */
const hides = (nearer: PathRule, rule: PathRule): boolean =>
  nearer.match === 'prefix' ? covers(nearer.path, rule.path) : rule.match === 'exact' && rule.path === nearer.path;

/** Whether a prefix covers a path, element by element. */
const covers = (prefix: string, path: string): boolean => prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);

function mostParticularFirst(a: PathRule, b: PathRule): number {
  if (a.match !== b.match) return a.match === 'exact' ? -1 : 1;
  return b.path.length - a.path.length || (a.path < b.path ? -1 : 1);
}

/** "/foo/" as a prefix is "/foo": a slash at the end makes no difference (Ingress, "Examples"). */
export const normalPath = (match: PathMatch, path: string): string =>
  match === 'exact' ? path : path.replace(/\/+$/, '') || '/';

/** The characters of a path (RFC 3986, pchar), but for "%xx", which nginx compares decoded and haproxy as it comes. */
const PATH = /^\/[-A-Za-z0-9/._~!$&'()*+,;=:@]*$/;
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const HOST = new RegExp(`^(\\*\\.${LABEL}|${LABEL})(\\.${LABEL})*$`);

/** What is wrong with a path, one sentence; a rule that has it is left out. An API server would not have let it in. */
export const pathProblem = (path: string): string | undefined =>
  PATH.test(path)
    ? undefined
    : `the path ${JSON.stringify(path)} does not begin with "/" or has characters that are not supported in one.`;

/** What is wrong with a host, one sentence; "" is any host. */
export const hostProblem = (host: string): string | undefined =>
  host === '' || HOST.test(host) ? undefined : `the host ${JSON.stringify(host)} is no DNS name, nor "*." before one.`;
