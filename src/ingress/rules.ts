import type { HostRules, PathRule } from './model.ts';

/** What an earlier rule is to one that comes after it and has the same host and path. */
export interface Earlier {
  readonly ingress: string;
  readonly backend: string | undefined;
}

/** The rules of all Ingresses, by host; "" is any host. */
export interface RuleBook {
  /** What has this host and path already; undefined when the rule was taken. */
  add(host: string, rule: PathRule, ingress: string): Earlier | undefined;
  /** Likewise for the default backend, which answers what no rule matches. */
  setDefault(backend: string | undefined, ingress: string): Earlier | undefined;
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
      const earlier = ofHost.get(key);
      if (earlier) return { ingress: earlier.ingress, backend: earlier.backend };
      ofHost.set(key, { ...rule, ingress });
      return undefined;
    },
    setDefault(backend, ingress) {
      if (last) return { ingress: last.ingress, backend: last.rule.backend };
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
 * Layers of rules, the nearest host's first, as one list. Within a layer exact comes first and then the longest. A rule that one of a nearer
 * layer covers can never decide and is left out. So without patterns one order is right across layers too, and is the one that nginx has by
 * itself; what a pattern covers is not known, so with one the layers stay apart.
 */
function visible(layers: readonly (readonly PathRule[])[]): PathRule[] {
  const kept: PathRule[][] = [];
  for (const layer of layers)
    kept.push(layer.filter((rule) => !kept.flat().some((nearer) => hides(nearer, rule))).sort(mostParticularFirst));
  const all = kept.flat();
  return all.some(({ match }) => match === 'pattern') ? all : all.sort(mostParticularFirst);
}

/** All that the second rule matches is matched by the first. */
const hides = (nearer: PathRule, rule: PathRule): boolean =>
  nearer.match === 'prefix'
    ? nearer.path === '/' || (rule.match !== 'pattern' && covers(nearer.path, rule.path))
    : rule.match === nearer.match && rule.path === nearer.path;

/** Whether a prefix covers a path, element by element. */
const covers = (prefix: string, path: string): boolean => prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);

function mostParticularFirst(a: PathRule, b: PathRule): number {
  const [exact, other] = [a, b].map(({ match }) => match === 'exact');
  if (exact !== other) return exact ? -1 : 1;
  if (a.path.length !== b.path.length) return b.path.length - a.path.length;
  if (a.match !== b.match) return a.match === 'pattern' ? -1 : 1;
  return a.path < b.path ? -1 : 1;
}

const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const HOST = new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*$`);
/** RFC 1035, and what Kubernetes lets in; it does not limit a label. */
const LONGEST_HOST = 253;

/** A DNS name in small letters, or "*." before one; "" is any host. An API server lets nothing else in. */
export const isHost = (host: string): boolean => host === '' || (host.length <= LONGEST_HOST && HOST.test(host));
