import type { V1IngressClass } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { buildModel } from '../../src/ingress/build-model.ts';
import type { IngressClassOf } from '../../src/ingress/classes.ts';
import type { IngressModel, IngressObjects, PathRule } from '../../src/ingress/model.ts';
import { problemSentence } from '../../src/ingress/problems.ts';
import { backend, ingress, ingressClass, type PathOf, service, slice } from './objects.ts';

const names = ['red', 'green', 'blue'];
const lab: IngressClassOf = { className: 'lab' };

/** A model of these Ingresses in front of three Services with one endpoint each. */
function model(ingresses: IngressObjects['ingresses'], changes: Partial<IngressObjects> = {}, which = lab): IngressModel {
  const endpointSlices = names.map((name, index) => slice(name, [{ address: `10.0.0.${index + 1}`, port: 8080 }]));
  return buildModel({ ingresses, classes: [], services: names.map(service), endpointSlices, ...changes }, which);
}

/** Which Service answers, by the model alone: the first rule that matches. */
function serves({ hosts, anyHost }: IngressModel, host: string, path: string): string | undefined {
  const matches = ({ match, path: wanted }: PathRule) =>
    match === 'pattern'
      ? new RegExp(`^(?:${wanted})`).test(path)
      : path === wanted || (match === 'prefix' && (wanted === '/' || path.startsWith(`${wanted}/`)));
  const covering = [host, host.replace(/^[^.]*/, '*')].map((name) => hosts.find((one) => one.host === name)).find(Boolean);
  return (covering?.rules ?? anyHost).find(matches)?.backend?.split('.')[1];
}

describe('paths', () => {
  // The table of kubernetes.io/docs/concepts/services-networking/ingress, "Examples"; and what follows from it.
  const cases: readonly [rules: readonly PathOf[], path: string, serves: string | undefined][] = [
    [[['/', 'Prefix', 'red']], '/anything', 'red'],
    [[['/foo', 'Exact', 'red']], '/foo', 'red'],
    [[['/foo', 'Exact', 'red']], '/bar', undefined],
    [[['/foo', 'Exact', 'red']], '/foo/', undefined],
    [[['/foo/', 'Exact', 'red']], '/foo', undefined],
    [[['/foo', 'Prefix', 'red']], '/foo', 'red'],
    [[['/foo', 'Prefix', 'red']], '/foo/', 'red'],
    [[['/foo/', 'Prefix', 'red']], '/foo', 'red'],
    [[['/foo/', 'Prefix', 'red']], '/foo/', 'red'],
    [[['/aaa/bb', 'Prefix', 'red']], '/aaa/bbb', undefined],
    [[['/aaa/bbb', 'Prefix', 'red']], '/aaa/bbb', 'red'],
    [[['/aaa/bbb/', 'Prefix', 'red']], '/aaa/bbb', 'red'],
    [[['/aaa/bbb', 'Prefix', 'red']], '/aaa/bbb/', 'red'],
    [[['/aaa/bbb', 'Prefix', 'red']], '/aaa/bbb/ccc', 'red'],
    [[['/aaa/bbb', 'Prefix', 'red']], '/aaa/bbbxyz', undefined],
    [
      [
        ['/', 'Prefix', 'red'],
        ['/aaa', 'Prefix', 'green'],
      ],
      '/aaa/ccc',
      'green',
    ],
    [
      [
        ['/', 'Prefix', 'red'],
        ['/aaa', 'Prefix', 'green'],
        ['/aaa/bbb', 'Prefix', 'blue'],
      ],
      '/aaa/bbb',
      'blue',
    ],
    [
      [
        ['/', 'Prefix', 'red'],
        ['/aaa', 'Prefix', 'green'],
        ['/aaa/bbb', 'Prefix', 'blue'],
      ],
      '/ccc',
      'red',
    ],
    [[['/aaa', 'Prefix', 'red']], '/ccc', undefined],
    [
      [
        ['/foo', 'Prefix', 'red'],
        ['/foo', 'Exact', 'green'],
      ],
      '/foo',
      'green',
    ],
    [[['/foo', 'ImplementationSpecific', 'red']], '/foo/bar', 'red'],
  ];
  it.each(cases)('%j: %s is served by %s', (rules, path, expected) => {
    const built = model([ingress('a', { 'shop.example': rules })]);
    expect(serves(built, 'shop.example', path)).toBe(expected);
    expect(built.problems).toEqual([]);
  });

  it('are refused where an API server would', () => {
    const paths = ['foo', '/a//b', '/a/./b', '/a/..', '/a%2fb'];
    const built = model([ingress('a', { '': paths.map((path) => [path, 'Exact', 'red'] as const) })]);
    expect(built.anyHost).toEqual([]);
    expect(built.problems.map(({ kind }) => kind)).toEqual(paths.map(() => 'bad-path'));
  });
});

describe('hosts', () => {
  const built = model([
    ingress('a', {
      'a.example': [['/own', 'Prefix', 'red']],
      '*.example': [
        ['/own/deep', 'Prefix', 'green'],
        ['/wild', 'Prefix', 'green'],
        ['/both', 'Exact', 'green'],
      ],
      '': [
        ['/any', 'Prefix', 'blue'],
        ['/own/exact', 'Exact', 'blue'],
        ['/both', 'Prefix', 'blue'],
      ],
    }),
  ]);
  it.each([
    ['a.example', '/own', 'red'],
    ['a.example', '/own/deep', 'red'], // the nearer host's rule, though the other is longer
    ['a.example', '/own/exact', 'red'], // and though the other is exact
    ['a.example', '/wild', 'green'],
    ['a.example', '/any', 'blue'],
    ['a.example', '/both', 'green'],
    ['a.example', '/both/1', 'blue'],
    ['b.example', '/own/deep', 'green'],
    ['b.example', '/own', undefined],
    ['b.example', '/own/exact', 'blue'],
    ['b.a.example', '/wild', undefined], // a wildcard is one label
    ['example', '/wild', undefined],
    ['elsewhere.org', '/any', 'blue'],
    ['elsewhere.org', '/wild', undefined],
  ])('%s%s is served by %s', (host, path, expected) => expect(serves(built, host, path)).toBe(expected));

  it.each([
    ['a.example', '/own/x', 'red'], // the nearer host's prefix before the farther one's longer expression
    ['b.example', '/own/x', 'green'],
    ['a.example', '/pxy', 'red'], // and its expression before the farther one's exact path
    ['elsewhere.org', '/pxy', 'blue'],
    ['a.example', '/q', 'blue'],
  ])('cases 6: with regular expressions %s%s is served by %s', (host, path, expected) => {
    const withPatterns = model([
      ingress('a', {
        'a.example': [
          ['/own', 'Prefix', 'red'],
          ['/px*', 'ImplementationSpecific', 'red'],
        ],
        '*.example': [['/ow[n]/x', 'ImplementationSpecific', 'green']],
        '': [
          ['/pxy', 'Exact', 'blue'],
          ['/q', 'Prefix', 'blue'],
        ],
      }),
    ]);
    expect(serves(withPatterns, host, path)).toBe(expected);
  });

  it('come with exact ones before wildcards, whatever order the objects have', () => {
    const path: PathOf[] = [['/', 'Prefix', 'red']];
    const hosts = ['*.b.example', 'z.example', '*.a.example', 'a.example'];
    const one = model([ingress('a', Object.fromEntries(hosts.map((host) => [host, path])))]);
    const other = model([ingress('a', Object.fromEntries(hosts.toReversed().map((host) => [host, path])))]);
    expect(one.hosts.map(({ host }) => host)).toEqual(['a.example', 'z.example', '*.a.example', '*.b.example']);
    expect(other).toEqual(one);
  });

  it.each(['Shop.example', 'a.*.example', '*', 'a_b.example', 'a.example;', '10.0.0.1:80', 'x'.repeat(254)])(
    'refuse "%s"',
    (host) => {
      const { hosts, problems } = model([ingress('a', { [host]: [['/', 'Prefix', 'red']] })]);
      expect(hosts).toEqual([]);
      expect(problems).toMatchObject([{ kind: 'bad-host', ingress: 'shop/a' }]);
    },
  );
});

describe('the default backend', () => {
  it('answers what no rule of any host matches', () => {
    const built = model([ingress('a', { 'a.example': [['/own', 'Prefix', 'red']] }, { defaultBackend: backend('green') })]);
    expect(serves(built, 'a.example', '/own')).toBe('red');
    expect(serves(built, 'a.example', '/other')).toBe('green');
    expect(serves(built, 'elsewhere', '/')).toBe('green');
  });

  it('stands behind a rule for all paths', () => {
    const built = model([ingress('a', { '': [['/', 'Prefix', 'red']] }, { defaultBackend: backend('green') })]);
    expect(serves(built, 'elsewhere', '/x')).toBe('red');
  });
});

describe('classes', () => {
  const rules = { '': [['/', 'Prefix', 'red'] as const] };
  const classed = (name: string, ingressClassName: string | undefined, annotations = {}) => {
    const made = ingress(name, rules);
    const { ingressClassName: _, ...spec } = made.spec!;
    return { metadata: { ...made.metadata, annotations }, spec: ingressClassName ? { ...spec, ingressClassName } : spec };
  };
  const nginx = ingressClass('lab', 'trafficlab.dev/nginx');
  const byController = { controller: 'trafficlab.dev/nginx' };
  const isDefault = { 'ingressclass.kubernetes.io/is-default-class': 'true' };

  it.each<[string, IngressObjects['ingresses'][number], V1IngressClass[], IngressClassOf, boolean]>([
    ['by name', classed('a', 'lab'), [], lab, true],
    ['by controller', classed('a', 'lab'), [nginx], byController, true],
    ['by controller, class missing', classed('a', 'lab'), [], byController, false],
    ['of another name', classed('a', 'other'), [nginx], lab, false],
    ['of another controller', classed('a', 'lab'), [ingressClass('lab', 'traefik.io/ingress-controller')], byController, false],
    ['by the old annotation', classed('a', undefined, { 'kubernetes.io/ingress.class': 'lab' }), [], lab, true],
    ['of no class', classed('a', undefined), [nginx], lab, false],
    ['of the default class', classed('a', undefined), [ingressClass('lab', 'trafficlab.dev/nginx', isDefault)], lab, true],
  ])('%s', (_, made, classes, which, ours) => {
    const { anyHost, problems } = model([made], { classes }, which);
    expect(anyHost.length === 1).toBe(ours);
    expect(problems.map(({ kind }) => kind)).toEqual(ours ? [] : ['other-class']);
  });

  it('are told apart in sentences', () => {
    const { problems } = model([classed('a', 'gone'), classed('b', 'other'), classed('c', undefined)], {
      classes: [ingressClass('other', 'traefik.io/ingress-controller')],
    });
    expect(problems.map(problemSentence)).toEqual([
      'Ingress shop/a: ignored, because it names the IngressClass "gone", which does not exist.',
      'Ingress shop/b: ignored, because it is of the IngressClass "other", which traefik.io/ingress-controller serves.',
      'Ingress shop/c: ignored, because it names no IngressClass, and none is the default.',
    ]);
  });
});

describe('backends', () => {
  const all: Record<string, readonly PathOf[]> = { '': [['/', 'Prefix', 'red']] };
  const endpointsOf = (endpoints: Parameters<typeof slice>[1]) =>
    model([ingress('a', all)], { endpointSlices: [slice('red', endpoints)] }).backends[0]?.endpoints.map(
      ({ address }) => address,
    );
  const port = 8080;

  it('are the ready endpoints', () => {
    const ready = [
      { address: '10.0.0.2', port },
      { address: '10.0.0.1', port },
      { address: '10.0.0.3', port, ready: false },
    ];
    expect(endpointsOf(ready)).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  it('are those that terminate and still serve only where none is ready', () => {
    const leaving = { port, ready: false, serving: true, terminating: true };
    const gone = { port, ready: false, serving: false, terminating: true };
    expect(
      endpointsOf([
        { address: '10.0.0.1', port },
        { address: '10.0.0.2', ...leaving },
      ]),
    ).toEqual(['10.0.0.1']);
    expect(
      endpointsOf([
        { address: '10.0.0.1', ...gone },
        { address: '10.0.0.2', ...leaving },
      ]),
    ).toEqual(['10.0.0.2']);
    expect(endpointsOf([{ address: '10.0.0.1', ...gone }])).toEqual([]);
  });

  it('are those of all slices, each once', () => {
    const endpointSlices = ['1', '2'].map((address) =>
      slice('red', [
        { address: `10.0.0.${address}`, port },
        { address: '10.0.0.9', port },
      ]),
    );
    const { backends } = model([ingress('a', all)], { endpointSlices });
    expect(backends[0]!.endpoints).toHaveLength(3);
  });

  it('are found by the number or the name of the Service port, and have the port of the pods', () => {
    const two = { '': [['/a', 'Prefix', 'red'] as const] };
    const named = ingress('b', {}, { defaultBackend: backend('red', { name: 'http' }) });
    const { backends, problems } = model([ingress('a', two), named]);
    expect(problems).toEqual([]);
    expect(backends).toEqual([{ id: 'shop.red.80', endpoints: [{ address: '10.0.0.1', port: 8080 }] }]);
  });

  it.each<[string, IngressObjects['ingresses'][number], string]>([
    ['no Service', ingress('a', {}, { defaultBackend: backend('pink') }), 'Ingress shop/a: there is no Service shop/pink.'],
    [
      'no number',
      ingress('a', {}, { defaultBackend: backend('red', { number: 81 }) }),
      'Ingress shop/a: the Service shop/red has no port 81.',
    ],
    [
      'no name',
      ingress('a', {}, { defaultBackend: backend('red', { name: 'web' }) }),
      'Ingress shop/a: the Service shop/red has no port web.',
    ],
    [
      'no endpoints',
      ingress('a', {}, { defaultBackend: backend('empty') }),
      'Ingress shop/a: the Service shop/empty has no ready endpoints for its TCP port 80.',
    ],
    [
      'a resource',
      ingress('a', {}, { defaultBackend: { resource: { kind: 'StorageBucket', name: 'icons' } } }),
      'Ingress shop/a: a backend of kind StorageBucket is not supported; use a Service.',
    ],
  ])('say what is wrong: %s', (_, made, sentence) => {
    const { problems, anyHost } = model([made], { services: [...names, 'empty'].map(service) });
    expect(problems.map(problemSentence)).toEqual([sentence]);
    expect(anyHost).toHaveLength(1); // the rule stands, and is answered with 503
  });
});

describe('two Ingresses that claim the same path', () => {
  it('leave it to the older', () => {
    const of = (name: string, serviceName: string, born: string) => {
      const made = ingress(name, { '': [['/', 'Prefix', serviceName]] });
      return { ...made, metadata: { ...made.metadata, creationTimestamp: new Date(born) } };
    };
    const built = model([of('a', 'red', '2026-02-02'), of('b', 'green', '2026-01-01')]);
    expect(serves(built, 'x', '/')).toBe('green');
    expect(built.problems).toEqual([
      { kind: 'conflict', ingress: 'shop/a', host: '', match: 'prefix', path: '/', older: 'shop/b' },
    ]);
  });
});
