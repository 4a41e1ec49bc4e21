import type { V1Ingress, V1IngressBackend } from '@kubernetes/client-node';
import { createResolver, type Resolver } from './backends.ts';
import { type IngressClassOf, ingressesOf, ingressName } from './classes.ts';
import type { IngressModel, IngressObjects } from './model.ts';
import { escapedPattern, type PathMatch, readPath } from './paths.ts';
import type { Fault, IngressProblem } from './problems.ts';
import { createRuleBook, isHost, type RuleBook } from './rules.ts';

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

const eachOnce = (problems: readonly IngressProblem[]): IngressProblem[] => [
  ...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values(),
];
