import { describe, expect, it } from 'vitest';
import { controllers } from '../../src/cluster/contract/topology.ts';
import { startEcho } from '../../src/workload/echo-server.ts';
import { asking } from './asking.ts';
import { ingress, type PathOf, service, slice } from './objects.ts';
import { LOOPBACK, skipWithout, startProxy } from './real-proxy.ts';

/** A host of so many characters, in labels of at most 63. */
const hostOf = (length: number, first = 'h'): string => {
  const labels = [first];
  for (let left = length - first.length; left > 0; ) {
    const size = Math.min(left - 1, 63);
    labels.push('x'.repeat(size || 1));
    left -= size + 1;
  }
  return labels.join('.').slice(0, length).replace(/\.$/, 'x');
};
const toRed: readonly PathOf[] = [['/', 'Prefix', 'red']];
const longHosts = [
  ...[200, 239, 240, 247, 252, 253].map((length) => hostOf(length)),
  ...Array.from({ length: 40 }, (_, n) => hostOf(253, `n${n}`)),
];

/** Paths that would end a word of a configuration, or mean something in one. */
const literal = [
  '/a b',
  '/a"b',
  "/a'b",
  '/a;b{c}',
  '/a$request_uri',
  '/a\\b',
  '/a%25b',
  '/caf%C3%A9',
  '/a`b',
  '/(a|b)[0-9]+$',
  '/a,b(c)',
  '/a${'.concat('x}'),
  '/%25[src]',
];

describe.each(controllers)('objects that could break a configuration, behind %s', (name) => {
  it('cases 6: are served, or cost their own routes only', { timeout: 40_000 }, async ({ skip }) => {
    skipWithout(name, skip);
    await using red = await startEcho({ port: 0, address: LOOPBACK, pod: 'red-0', node: 'n' });
    await using green = await startEcho({ port: 0, address: LOOPBACK, pod: 'green-0', node: 'n' });
    await using proxy = await startProxy(name);
    const applied = await proxy.apply({
      ingresses: [
        ingress(
          'hosts',
          Object.fromEntries([...longHosts, `*.${hostOf(251)}`, 'xn--caf-dma.example'].map((host) => [host, toRed])),
        ),
        ingress('literal', {
          'literal.example': [['/', 'Prefix', 'green'], ...literal.map((path) => [path, 'Exact', 'red'] as const)],
        }),
        ingress('prefixes', {
          'prefix.example': [['/', 'Prefix', 'green'], ...literal.map((path) => [path, 'Prefix', 'red'] as const)],
        }),
        ingress('patterns', {
          'pattern.example': [
            ['/', 'Prefix', 'green'],
            ['/api/v[0-9]+/(a|b)', 'ImplementationSpecific', 'red'],
            ['/api/v1/special', 'Prefix', 'green'],
            ['/only/(?!x)', 'ImplementationSpecific', 'red'],
            ['/z/x|/y', 'ImplementationSpecific', 'red'],
          ],
        }),
        ingress('long', {
          'long.example': [
            ['/', 'Prefix', 'green'],
            [`/${'漢'.repeat(1_500)}`, 'Prefix', 'red'],
          ],
        }),
        ingress('injected', { 'a;}\nhttp{': toRed, 'a.example default_server': toRed }),
        ingress('good', { 'good.example': toRed }),
      ],
      classes: [],
      services: [service('red'), service('green')],
      endpointSlices: [
        slice('red', [{ address: LOOPBACK, port: red.port }]),
        slice('green', [{ address: LOOPBACK, port: green.port }]),
      ],
    });
    expect(applied!.problems.map(({ kind }) => kind).sort()).toEqual([
      'bad-host',
      'bad-host',
      'unservable-path',
      'unservable-path',
    ]);

    const ask = asking(proxy.port);
    const answer = async (host: string, path: string) => {
      const { status, service: served } = await ask(host, path);
      return served ?? status;
    };
    const all = (host: string, paths: readonly string[]) => Promise.all(paths.map((path) => answer(host, path)));
    const encoded = literal.map((path) => encodeURI(decodeURIComponent(path)).replace(/[?#]/g, encodeURIComponent));

    expect(new Set(await Promise.all(longHosts.map((host) => answer(host, '/'))))).toEqual(new Set(['red']));
    expect(await all(`w.${hostOf(251)}`, ['/'])).toEqual(['red']);
    expect(await all('xn--caf-dma.example', ['/'])).toEqual(['red']);
    expect(await all('good.example', ['/'])).toEqual(['red']);
    expect(await all('literal.example', encoded)).toEqual(literal.map(() => 'red'));
    expect(
      await all(
        'literal.example',
        encoded.map((path) => `${path}x`),
      ),
    ).toEqual(literal.map(() => 'green'));
    expect(
      await all(
        'prefix.example',
        encoded.map((path) => `${path}/x`),
      ),
    ).toEqual(literal.map(() => 'red'));
    expect(
      await all(
        'prefix.example',
        encoded.map((path) => `${path}x`),
      ),
    ).toEqual(literal.map(() => 'green'));
    expect(
      await all('pattern.example', [
        '/api/v12/a',
        '/api/v12/bc',
        '/api/v/a',
        '/api/v1/special',
        '/z/x',
        '/y',
        '/only/z',
        '/only',
      ]),
    ).toEqual(['red', 'red', 'green', 'green', 'red', 'red', 503, 'green']);
    expect(await all('long.example', [`/${encodeURIComponent('漢'.repeat(500))}`, '/x'])).toEqual([503, 'green']);
  });
});
