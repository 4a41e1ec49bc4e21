import { describe, expect, it } from 'vitest';
import { buildModel } from '../../src/ingress/build-model.ts';
import { readPath } from '../../src/ingress/paths.ts';
import { ingress, type PathOf, service, slice } from './objects.ts';

const prefix = (path: string) => ({ match: 'prefix', path });
const exact = (path: string) => ({ match: 'exact', path });

describe('readPath', () => {
  it.each([
    ['/caf%C3%A9', prefix('/café')],
    ['/caf%c3%a9/', prefix('/café')],
    ['/café', prefix('/café')],
    ['/a b', prefix('/a b')],
    ['/a%20b', prefix('/a b')],
    ['/100%', prefix('/100%')],
    ['/100%25', prefix('/100%')],
    ['/a"b\'{2};$x#\\', prefix('/a"b\'{2};$x#\\')],
    ['/a?b', prefix('/a?b')],
    ['/.*', prefix('/.*')],
    ['/', prefix('/')],
  ])('cases 6: Prefix %s is literal (HTTPIngressPath.path)', (path, expected) =>
    expect(readPath('Prefix', path)).toEqual(expected),
  );

  it.each([
    ['/foo/', exact('/foo/')],
    ['/(a|b)[0-9]+$', exact('/(a|b)[0-9]+$')],
    ['/%F0%9F%A6%8A', exact('/🦊')],
  ])('cases 6: Exact %s is literal', (path, expected) => expect(readPath('Exact', path)).toEqual(expected));

  it.each([
    ['/foo', prefix('/foo')],
    ['/foo.html', prefix('/foo.html')],
    ['', prefix('/')],
    ['/api/v[0-9]+/x', { match: 'pattern', path: '/api/v[0-9]+/x' }],
    ['/(foo|bar)/.*', { match: 'pattern', path: '/(foo|bar)/.*' }],
    ['/a(?:b)\\.c\\d{2,3}$', { match: 'pattern', path: '/a(?:b)\\.c\\d{2,3}$' }],
  ])('cases 6: ImplementationSpecific %s', (path, expected) =>
    expect(readPath('ImplementationSpecific', path)).toEqual(expected),
  );

  it.each([
    ['/foo/(?!bar).*', 'pattern', '/foo/'],
    ['/foo/(a', 'pattern', '/foo/'],
    ['/foo(a)\\1', 'pattern', '/foo'],
    ['/fo*++', 'pattern', '/f'],
    ['/a[[:alpha:]]', 'pattern', '/a'],
    ['/(a{100}){100}', 'pattern', '/'],
    ['/a.b(?<n>c)', 'pattern', '/a'],
    ['/a%2Fb', 'encoded-slash', '/a'],
    ['/a%00b', 'not-text', '/a'],
    ['/a%FF', 'not-text', '/a'],
    ['/a\nb{}', 'not-text', '/a'],
  ])('cases 6: ImplementationSpecific %j cannot be served (%s), so what begins with %j is 503', (path, fault, head) =>
    expect(readPath('ImplementationSpecific', path)).toEqual({ fault, head }),
  );

  it('cases 6: a path beyond what a proxy takes is 503, not the rule for "/"', () => {
    expect(readPath('Prefix', `/${'x'.repeat(5_000)}`)).toEqual({ fault: 'too-long', head: `/${'x'.repeat(499)}` });
  });

  it('answers at once whatever the expression', () => {
    const started = performance.now();
    readPath('ImplementationSpecific', `/${'?'.repeat(1_990)}`);
    readPath('ImplementationSpecific', `/${'('.repeat(1_990)}`);
    readPath('ImplementationSpecific', `/${'[a'.repeat(990)}`);
    expect(performance.now() - started).toBeLessThan(200);
  });
});

describe('rules of one path', () => {
  const build = (...ingresses: Parameters<typeof buildModel>[0]['ingresses']) =>
    buildModel(
      {
        ingresses,
        classes: [],
        services: ['red', 'green'].map(service),
        endpointSlices: ['red', 'green'].map((name) => slice(name, [{ address: '10.0.0.1', port: 8080 }])),
      },
      { className: 'lab' },
    );
  const of = (name: string, paths: readonly PathOf[]) => ingress(name, { '': paths });

  it('cases 6: /foo and /foo/ as Prefix in one Ingress are one rule, and nothing is wrong', () => {
    const built = build(
      of('a', [
        ['/foo', 'Prefix', 'red'],
        ['/foo/', 'Prefix', 'red'],
      ]),
    );
    expect(built.anyHost).toEqual([{ match: 'prefix', path: '/foo', backend: 'shop.red.80' }]);
    expect(built.problems).toEqual([]);
  });

  it('cases 6: with two backends in one Ingress the first is used, and the Ingress is not called older than itself', () => {
    const built = build(
      of('a', [
        ['/foo', 'Prefix', 'red'],
        ['/foo/', 'Prefix', 'green'],
      ]),
    );
    expect(built.anyHost).toEqual([{ match: 'prefix', path: '/foo', backend: 'shop.red.80' }]);
    expect(built.problems).toEqual([{ kind: 'duplicate', ingress: 'shop/a', host: '', match: 'prefix', path: '/foo' }]);
  });

  it('cases 6: of two Ingresses the older has it', () => {
    const built = build(of('b', [['/foo/', 'Prefix', 'green']]), of('a', [['/foo', 'Prefix', 'red']]));
    expect(built.anyHost.map(({ backend }) => backend)).toEqual(['shop.red.80']);
    expect(built.problems).toEqual([
      { kind: 'conflict', ingress: 'shop/b', host: '', match: 'prefix', path: '/foo', older: 'shop/a' },
    ]);
  });

  it('cases 6: /café, /caf%C3%A9 and /caf%c3%a9 are one path; Exact and Prefix of it are two rules', () => {
    const built = build(
      of('a', [
        ['/café', 'Prefix', 'red'],
        ['/caf%C3%A9', 'Prefix', 'red'],
        ['/caf%c3%a9', 'Exact', 'green'],
      ]),
    );
    expect(built.anyHost.map(({ match, path }) => `${match} ${path}`)).toEqual(['exact /café', 'prefix /café']);
    expect(built.problems).toEqual([]);
  });

  it('cases 6: an expression that no proxy is given keeps its requests from the rule for "/"', () => {
    const built = build(
      of('a', [
        ['/', 'Prefix', 'red'],
        ['/api/(?!v1)', 'ImplementationSpecific', 'green'],
      ]),
    );
    expect(built.anyHost).toEqual([
      { match: 'pattern', path: '/api/' },
      { match: 'prefix', path: '/', backend: 'shop.red.80' },
    ]);
    expect(built.problems).toMatchObject([{ kind: 'unservable-path', path: '/api/(?!v1)', head: '/api/' }]);
  });
});
