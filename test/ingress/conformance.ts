import type { V1Ingress, V1IngressBackend, V1IngressRule, V1Service } from '@kubernetes/client-node';
import { waitFor } from '../../src/waiting/wait.ts';

/*
 * One suite for every ingress controller on every provider: which rules of networking.k8s.io/v1 it honours, seen from outside.
 * Whoever runs it brings three Services that answer, each by pods named after it ("red-0"), and says how Ingresses are applied and asked.
 */

/** Services with pods; a fourth, "empty", has none. */
export const conformanceServices = ['red', 'green', 'blue'] as const;
const EMPTY_SERVICE = 'empty';
const SERVICE_PORT = { number: 80, name: 'http' } as const;

export interface Answer {
  readonly status: number;
  /** Which Service answered, by its pod's name; absent where the controller answered by itself. */
  readonly service?: string;
  readonly forwardedFor?: string;
}
/** One GET over a new connection, sent to the controller whatever host it is for. */
export type Ask = (host: string, path: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;

/** What is asked, and which Service or which status is right. */
type Question = readonly [host: string, path: string, right: string | number];
interface Rule {
  readonly rule: string;
  readonly questions?: readonly Question[];
  /** For what no answer alone can show: a sentence about what is wrong, or undefined. */
  readonly look?: (ask: Ask) => Promise<string | undefined>;
}
/** Ingresses that are there at the same time, and what is then to be seen. */
export interface ConformanceSet {
  readonly name: string;
  readonly ingresses: readonly V1Ingress[];
  readonly rules: readonly Rule[];
  /** A host of the last of the Ingresses: once it leads to "red", the others are in effect. */
  readonly canary: string;
}
export interface Outcome {
  readonly rule: string;
  /** Empty where the rule is honoured. */
  readonly failures: readonly string[];
}

/**
 * What traefik's own Kubernetes provider does otherwise (3.6, with strictPrefixMatching and allowEmptyServices; without those two "/foobar" is
 * under "/foo", "/bar/" does not cover "/bar", and a Service without endpoints is a 404): it ranks rules by the length of their text.
 */
export const traefikDeviates: readonly string[] = [
  'host: exact before wildcard',
  'no host: hosts with rules of their own too',
  'Exact before Prefix',
  'no such Service: 503',
  'default backend beside rules',
];

const backend = (name: string, port: NonNullable<V1IngressBackend['service']>['port'] = { number: SERVICE_PORT.number }) => ({
  service: { name, port: port! },
});
type PathOf = readonly [path: string, pathType: 'Exact' | 'Prefix', service: string];
const ruleOf = (host: string | undefined, ...paths: readonly PathOf[]): V1IngressRule => ({
  ...(host === undefined ? {} : { host }),
  http: { paths: paths.map(([path, pathType, service]) => ({ path, pathType, backend: backend(service) })) },
});
const at = (name: string) => `${name}.conformance.test`;

/** @param className the IngressClass of the controller that is looked at. */
export function conformanceSets(namespace: string, className: string): readonly ConformanceSet[] {
  const ingress = (name: string, rules: V1IngressRule[], spec: V1Ingress['spec'] = {}): V1Ingress => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: `conformance-${name}`, namespace },
    spec: { ingressClassName: className, rules, ...spec },
  });
  const everything: PathOf = ['/', 'Prefix', 'red'];

  const rules: ConformanceSet = {
    name: 'rules',
    canary: at('canary-rules'),
    ingresses: [
      ingress('hosts', [
        ruleOf(at('host'), everything),
        ruleOf('*.wild.conformance.test', ['/', 'Prefix', 'green']),
        ruleOf('near.wild.conformance.test', ['/', 'Prefix', 'blue']),
        ruleOf(undefined, ['/for-any-host', 'Prefix', 'blue']),
      ]),
      ingress('paths', [
        ruleOf(at('exact'), ['/foo', 'Exact', 'red'], ['/bar/', 'Exact', 'red']),
        ruleOf(at('prefix'), ['/foo', 'Prefix', 'red'], ['/bar/', 'Prefix', 'green']),
        ruleOf(at('longest'), everything, ['/aaa', 'Prefix', 'green'], ['/aaa/bbb', 'Prefix', 'blue']),
        ruleOf(at('both'), ['/foo', 'Prefix', 'red'], ['/foo', 'Exact', 'green']),
        ruleOf(at('several'), ['/red', 'Prefix', 'red'], ['/green', 'Prefix', 'green'], ['/blue', 'Exact', 'blue']),
      ]),
      ingress('merged', [ruleOf(at('several'), ['/merged', 'Prefix', 'green'])]),
      ingress('other-class', [ruleOf(at('other-class'), everything)], { ingressClassName: `not-${className}` }),
      ingress('backends', [
        ruleOf(at('empty'), ['/', 'Prefix', EMPTY_SERVICE]),
        {
          host: at('named'),
          http: { paths: [{ path: '/', pathType: 'Prefix', backend: backend('green', { name: SERVICE_PORT.name }) }] },
        },
      ]),
      ingress('missing', [ruleOf(at('missing'), ['/', 'Prefix', 'missing'])]),
      ingress('canary', [ruleOf(at('canary-rules'), everything)]),
    ],
    rules: [
      {
        rule: 'host: exact',
        questions: [
          [at('host'), '/', 'red'],
          [at('nobodys'), '/', 404],
        ],
      },
      {
        rule: 'host: with a port, in capitals',
        questions: [
          [`${at('host')}:8080`, '/', 'red'],
          [at('host').toUpperCase(), '/', 'red'],
        ],
      },
      {
        rule: 'host: wildcard covers one label',
        questions: [
          [at('a.wild'), '/', 'green'],
          [at('b.a.wild'), '/', 404],
          [at('wild'), '/', 404],
        ],
      },
      { rule: 'host: exact before wildcard', questions: [[at('near.wild'), '/', 'blue']] },
      {
        rule: 'no host: every host',
        questions: [
          [at('nobodys'), '/for-any-host', 'blue'],
          ['127.0.0.1', '/for-any-host/1', 'blue'],
        ],
      },
      {
        rule: 'no host: hosts with rules of their own too',
        questions: [
          [at('exact'), '/for-any-host', 'blue'],
          [at('host'), '/for-any-host', 'red'],
        ],
      },
      {
        rule: 'Exact',
        questions: [
          [at('exact'), '/foo', 'red'],
          [at('exact'), '/foo?a=1', 'red'],
          [at('exact'), '/foo/bar', 404],
          [at('exact'), '/Foo', 404],
        ],
      },
      {
        rule: 'Exact: a slash at the end counts',
        questions: [
          [at('exact'), '/foo/', 404],
          [at('exact'), '/bar', 404],
          [at('exact'), '/bar/', 'red'],
        ],
      },
      {
        rule: 'Prefix: by elements',
        questions: [
          [at('prefix'), '/foo', 'red'],
          [at('prefix'), '/foo/bar', 'red'],
          [at('prefix'), '/foo/bar?a=/', 'red'],
          [at('prefix'), '/foobar', 404],
          [at('prefix'), '/', 404],
        ],
      },
      {
        rule: 'Prefix: a slash at the end does not count',
        questions: [
          [at('prefix'), '/foo/', 'red'],
          [at('prefix'), '/bar', 'green'],
          [at('prefix'), '/bar/', 'green'],
          [at('prefix'), '/barbar', 404],
        ],
      },
      {
        rule: 'the longest Prefix',
        questions: [
          [at('longest'), '/ccc', 'red'],
          [at('longest'), '/aaa/ccc', 'green'],
          [at('longest'), '/aaa/bbb', 'blue'],
          [at('longest'), '/aaa/bbbb', 'green'],
        ],
      },
      {
        rule: 'Exact before Prefix',
        questions: [
          [at('both'), '/foo', 'green'],
          [at('both'), '/foo/', 'red'],
        ],
      },
      {
        rule: 'several paths, several Services',
        questions: [
          [at('several'), '/red/1', 'red'],
          [at('several'), '/green/1', 'green'],
          [at('several'), '/blue', 'blue'],
        ],
      },
      { rule: 'one host in two Ingresses', questions: [[at('several'), '/merged', 'green']] },
      { rule: 'port by name', questions: [[at('named'), '/', 'green']] },
      { rule: 'another IngressClass is ignored', questions: [[at('other-class'), '/', 404]] },
      { rule: 'no endpoints: 503', questions: [[at('empty'), '/', 503]] },
      { rule: 'no such Service: 503', questions: [[at('missing'), '/', 503]] },
      { rule: 'X-Forwarded-For: one address', look: forwarded({}) },
      { rule: "X-Forwarded-For: not the client's word", look: forwarded({ 'x-forwarded-for': '192.0.2.66' }) },
    ],
  };
  const alone: ConformanceSet = {
    name: 'default backend alone',
    canary: at('canary-alone'),
    ingresses: [
      ingress('alone', [], { defaultBackend: backend('green') }),
      ingress('beside', [ruleOf(at('own'), ['/foo', 'Prefix', 'red'])]),
      ingress('canary', [ruleOf(at('canary-alone'), everything)]),
    ],
    rules: [
      {
        rule: 'default backend, no rules: every other host',
        questions: [
          [at('nobodys'), '/', 'green'],
          ['127.0.0.1', '/foo', 'green'],
        ],
      },
      {
        rule: 'default backend, no rules: every other path',
        questions: [
          [at('own'), '/foo', 'red'],
          [at('own'), '/bar', 'green'],
        ],
      },
    ],
  };
  const beside: ConformanceSet = {
    name: 'default backend beside rules',
    canary: at('canary-beside'),
    ingresses: [ingress('default', [ruleOf(at('canary-beside'), everything)], { defaultBackend: backend('green') })],
    rules: [{ rule: 'default backend beside rules', questions: [[at('nobodys'), '/', 'green']] }],
  };
  return [rules, alone, beside];
}

const forwarded = (headers: Readonly<Record<string, string>>) => async (ask: Ask) => {
  const { status, forwardedFor = '' } = await ask(at('host'), '/', headers);
  return /^[0-9a-f.:]+$/.test(forwardedFor) && forwardedFor !== headers['x-forwarded-for']
    ? undefined
    : `status ${status}, X-Forwarded-For: "${forwardedFor}"`;
};

/** The Services of the suite. @param selector finds the pods of a Service, where the provider goes by labels. */
export const servicesOf = (namespace: string, selector?: (service: string) => Record<string, string>): V1Service[] =>
  [...conformanceServices, EMPTY_SERVICE].map((name) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      ports: [{ name: SERVICE_PORT.name, port: SERVICE_PORT.number, targetPort: 8080, protocol: 'TCP' }],
      ...(selector ? { selector: selector(name) } : {}),
    },
  }));

/** "red" of the pod "red-0", or of "red-5d4f8-x2x". */
export const serviceOfPod = (pod: string): string => pod.split('-')[0]!;

/** A worker of the configuration before still takes connections for a moment. */
const STEADY_MS = 500;

/**
 * Asks a controller all questions, set after set.
 * @param apply makes these Ingresses the only ones of the suite; it need not wait until they are in effect.
 * @throws TimeoutError where a set is not in effect after 30 s.
 */
export async function runConformance(
  sets: readonly ConformanceSet[],
  apply: (ingresses: readonly V1Ingress[]) => Promise<unknown>,
  ask: Ask,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, ingresses, rules, canary } of sets) {
    await apply(ingresses);
    let since: number | undefined;
    await waitFor(`the Ingresses "${name}" to be in effect`, { deadlineMs: 30_000, intervalMs: 20 }, async () => {
      const { status, service } = await ask(canary, '/');
      since = service === 'red' ? (since ?? performance.now()) : undefined;
      return since !== undefined && performance.now() - since >= STEADY_MS ? { value: true } : { seen: `${status}` };
    });
    for (const { rule, questions = [], look } of rules) {
      const failures: string[] = [];
      for (const [host, path, right] of questions) {
        const { status, service } = await ask(host, path);
        const seen = typeof right === 'string' && status === 200 ? service : status;
        if (seen !== right || (typeof right === 'number' && service !== undefined))
          failures.push(`${host}${path}: ${service ?? status}, not ${right}`);
      }
      const looked = await look?.(ask);
      if (looked !== undefined) failures.push(looked);
      outcomes.push({ rule, failures });
    }
  }
  return outcomes;
}

/** Markdown: a line for each rule, a column for each controller, and what was seen under the table where a rule is not honoured. */
export function conformanceTable(controllers: Readonly<Record<string, readonly Outcome[]>>): string {
  const names = Object.keys(controllers);
  const rules = [...new Set(names.flatMap((name) => controllers[name]!.map(({ rule }) => rule)))];
  const notes: string[] = [];
  const cell = (name: string, rule: string) => {
    const outcome = controllers[name]!.find((one) => one.rule === rule);
    if (!outcome) return 'not asked';
    if (outcome.failures.length === 0) return 'yes';
    notes.push(`- ${name}, ${rule}: ${outcome.failures.join('; ')}`);
    return 'no';
  };
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const body = rules.map((rule) => line([rule, ...names.map((name) => cell(name, rule))]));
  return [
    line(['rule', ...names]),
    line(['---', ...names.map(() => '---')]),
    ...body,
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n');
}
