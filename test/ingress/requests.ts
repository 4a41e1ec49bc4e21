import type { V1Ingress } from '@kubernetes/client-node';
import { ingress } from './objects.ts';
import type { Script } from './raw-client.ts';
import { type BackendAnswer, CASE_HEADER, CLOSE, PLAIN_ANSWER } from './recording-backend.ts';

/*
 * Requests as bytes, and what is to come of each behind every proxy. Services: "a" for the host a.test, "b" for b.test, "any" for every other.
 * An outcome is a line: the statuses that the client saw, the Services that got a request, and what `show` asks for.
 */

/** What an outcome shows beside statuses and Services: of the request that the backend got, or of what the client saw. */
export type Shown = 'method' | 'version' | 'target' | 'body' | 'trailers' | `sent ${string}` | `seen ${string}` | 'end';

export interface RequestCase {
  /** A noun phrase; the row's name in the table. */
  readonly name: string;
  /** What decides what is right. */
  readonly authority: string;
  readonly script: Script;
  readonly answer?: BackendAnswer;
  readonly show?: readonly Shown[];
  readonly right: string;
}

/** The Ingresses in front of which all of it is asked. */
export const requestIngresses = (): V1Ingress[] => [
  ingress('requests', {
    'a.test': [
      ['/', 'Prefix', 'a'],
      ['/b', 'Prefix', 'b'],
      ['/caf%C3%A9', 'Prefix', 'b'],
      ['/odd "{2};$x#', 'Exact', 'b'],
      ['/semi;colon', 'Exact', 'b'],
      ['/any/v[0-9]+', 'ImplementationSpecific', 'any'],
    ],
    'b.test': [['/', 'Prefix', 'b']],
    '*.wild.test': [['/', 'Prefix', 'b']],
    '': [['/', 'Prefix', 'any']],
  }),
];

interface Parts {
  readonly method?: string;
  readonly version?: string;
  /** In the place of "Host: a.test". */
  readonly host?: readonly string[];
  readonly fields?: readonly string[];
  readonly body?: string;
  /** Without "Connection: close". */
  readonly open?: boolean;
}

/** Named after its case, so that a backend knows it. */
const request = (target: string, { method = 'GET', version = 'HTTP/1.1', host = ['Host: a.test'], ...rest }: Parts = {}) =>
  [
    `${method} ${target} ${version}`,
    ...host,
    `${CASE_HEADER}: @`,
    ...(rest.open ? [] : ['Connection: close']),
    ...(rest.fields ?? []),
    '',
    rest.body ?? '',
  ].join('\r\n');

const AUTHORITY = 'RFC 9112 3.2.2';
const HOST = 'RFC 9112 3.2';
const FRAMING = 'RFC 9112 6.3';
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
const post = (fields: readonly string[], body: string, rest: Parts = {}) =>
  request('/', { method: 'POST', fields, body, ...rest });
const many = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: ${'v'.repeat(20)}`);
/** A request that must not be seen as one: its bytes belong to a body before it. */
const SMUGGLED = `GET /smuggled HTTP/1.1\r\nHost: b.test\r\n${CASE_HEADER}: @\r\n\r\n`;
const TE = 'Transfer-Encoding: chunked';

/** The handshake of RFC 6455 1.3, left open. */
const webSocket = (fields: readonly string[], host = 'a.test') =>
  request('/', { open: true, host: [`Host: ${host}`], fields: [...fields, 'Sec-WebSocket-Version: 13'] });
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';

const cases: readonly RequestCase[] = [
  // Whose rules
  { name: 'HTTP/1.1 with Host', authority: HOST, script: [request('/')], show: ['sent host'], right: '200 a; host: a.test' },
  {
    name: 'HTTP/1.0 without Host',
    authority: 'RFC 9112 3.3',
    script: [request('/', { version: 'HTTP/1.0', host: [] })],
    show: ['sent host'],
    right: '200 any; host: <address>',
  },
  {
    name: 'HTTP/1.0 with Host',
    authority: HOST,
    script: [request('/', { version: 'HTTP/1.0' })],
    show: ['sent host'],
    right: '200 a; host: a.test',
  },
  { name: 'HTTP/1.1 without Host', authority: HOST, script: [request('/', { host: [] })], right: '400' },
  {
    name: 'two Hosts',
    authority: HOST,
    script: [request('/', { host: ['Host: a.test', 'Host: b.test'] })],
    right: '400',
  },
  {
    name: 'two Hosts, alike',
    authority: HOST,
    script: [request('/', { host: ['Host: a.test', 'Host: a.test'] })],
    show: ['sent host'],
    right: '400',
  },
  { name: 'an empty Host', authority: HOST, script: [request('/', { host: ['Host:'] })], right: '200 any' },
  {
    name: 'Host with characters that no host has',
    authority: HOST,
    script: [request('/', { host: ['Host: a.test/b'] })],
    right: '400',
  },
  { name: 'Host with a blank in it', authority: HOST, script: [request('/', { host: ['Host: a.test b.test'] })], right: '400' },
  {
    name: 'Host in capitals',
    authority: 'RFC 9110 4.2.3',
    script: [request('/', { host: ['Host: A.TEST'] })],
    right: '200 a',
  },
  {
    name: 'Host with a port',
    authority: 'RFC 9110 7.2',
    script: [request('/', { host: ['Host: a.test:8080'] })],
    show: ['sent host'],
    right: '200 a; host: a.test:8080',
  },
  {
    name: 'Host with a dot at its end',
    authority: 'RFC 3986 3.2.2',
    script: [request('/', { host: ['Host: b.test.'] })],
    right: '200 b',
  },
  {
    name: 'Host with a dot at its end and a port',
    authority: 'RFC 3986 3.2.2',
    script: [request('/', { host: ['Host: b.test.:80'] })],
    right: '200 b',
  },
  {
    name: 'Host with a dot at its end, under a wildcard',
    authority: 'RFC 3986 3.2.2',
    script: [request('/', { host: ['Host: x.wild.test.'] })],
    right: '200 b',
  },
  {
    name: 'Host that is an IPv6 address',
    authority: 'RFC 3986 3.2.2',
    script: [request('/', { host: ['Host: [::1]:80'] })],
    show: ['sent host'],
    right: '200 any; host: [::1]:80',
  },
  {
    name: 'absolute-form, another Host',
    authority: AUTHORITY,
    script: [request('http://b.test/x')],
    show: ['target', 'sent host'],
    right: '200 b; target: /x; host: b.test',
  },
  {
    name: 'absolute-form, with a port',
    authority: AUTHORITY,
    script: [request('http://b.test:8080/x')],
    show: ['target', 'sent host'],
    right: '200 b; target: /x; host: b.test:8080',
  },
  {
    name: 'absolute-form, the same Host',
    authority: AUTHORITY,
    script: [request('http://a.test/x?y=1')],
    show: ['target', 'sent host'],
    right: '200 a; target: /x?y=1; host: a.test',
  },
  {
    name: 'absolute-form, scheme and host in capitals',
    authority: 'RFC 9110 4.2.3',
    script: [request('HTTP://B.TEST/x')],
    show: ['target'],
    right: '200 b; target: /x',
  },
  {
    name: 'absolute-form without a path',
    authority: 'RFC 9112 3.2.1',
    script: [request('http://b.test')],
    show: ['target'],
    right: '200 b; target: /',
  },
  {
    name: 'absolute-form of HTTP/1.0 without Host',
    authority: AUTHORITY,
    script: [request('http://b.test/x', { version: 'HTTP/1.0', host: [] })],
    show: ['target', 'sent host'],
    right: '200 b; target: /x; host: b.test',
  },
  {
    name: 'absolute-form with a query and no path',
    authority: 'RFC 9112 3.2.1',
    script: [request('http://b.test?x=1')],
    show: ['target'],
    right: '200 b; target: /?x=1',
  },
  { name: 'absolute-form without a host', authority: 'RFC 9110 4.2.1', script: [request('http:///x')], right: '400' },
  {
    name: 'absolute-form of another scheme',
    authority: 'RFC 9110 7.4',
    script: [request('ftp://b.test/x')],
    right: '400',
  },
  {
    name: 'absolute-form of https over plain HTTP',
    authority: 'RFC 9110 7.4',
    script: [request('https://b.test/x')],
    right: '421',
  },
  {
    name: 'absolute-form with userinfo',
    authority: 'RFC 9110 4.2.4',
    script: [request('http://a.test@b.test/x')],
    right: '400',
  },
  {
    name: 'Host with a port that is no number',
    authority: 'RFC 9112 3.2',
    script: [request('/', { host: ['Host: a.test:abc'] })],
    right: '400',
  },
  {
    name: 'Host with an empty port',
    authority: 'RFC 3986 3.2.3',
    script: [request('/', { host: ['Host: a.test:'] })],
    show: ['sent x-forwarded-port'],
    right: '200 a; x-forwarded-port: 80',
  },
  { name: 'Host with userinfo', authority: 'RFC 9110 7.2', script: [request('/', { host: ['Host: u@a.test'] })], right: '400' },
  {
    name: 'absolute-form of a host under a wildcard, with a dot at its end',
    authority: AUTHORITY,
    script: [request('http://x.wild.test./x')],
    show: ['sent host'],
    right: '200 b; host: x.wild.test.',
  },
  {
    name: 'absolute-form of HTTP/1.1 without Host',
    authority: HOST,
    script: [request('http://b.test/x', { host: [] })],
    right: '400',
  },
  { name: 'a target that begins with no slash', authority: 'RFC 9112 3.2', script: [request('b/x')], right: '400' },
  // Paths
  {
    name: 'a path below a Prefix',
    authority: 'Ingress, path types',
    script: [request('/b/c?d=/')],
    show: ['target'],
    right: '200 b; target: /b/c?d=/',
  },
  {
    name: 'unreserved characters, encoded',
    authority: 'RFC 3986 6.2.2.2',
    script: [request('/%62/c')],
    show: ['target'],
    right: '200 b; target: /%62/c',
  },
  {
    name: 'UTF-8 in a path, encoded',
    authority: 'RFC 3986 2.5',
    script: [request('/caf%C3%A9/x')],
    show: ['target'],
    right: '200 b; target: /caf%C3%A9/x',
  },
  {
    name: 'UTF-8 in a path, encoded in small letters',
    authority: 'RFC 3986 6.2.2.1',
    script: [request('/caf%c3%a9')],
    right: '200 b',
  },
  {
    name: 'quote, brace, blank, number sign in a path, encoded',
    authority: 'HTTPIngressPath.path',
    script: [request('/odd%20%22%7B2%7D;$x%23')],
    right: '200 b',
  },
  {
    name: 'UTF-8 in a path as it is',
    authority: 'RFC 3986 2.5',
    script: [request('/caf\xc3\xa9/x')],
    right: '200 b',
  },
  {
    name: 'a reserved character, encoded',
    authority: 'trafficlab: paths are compared decoded',
    script: [request('/semi%3Bcolon')],
    right: '200 b',
  },
  {
    name: 'a reserved character as the rule has it',
    authority: 'RFC 3986 2.2',
    script: [request('/semi;colon')],
    right: '200 b',
  },
  {
    name: 'a slash, encoded, is no element of a path',
    authority: 'RFC 3986 2.2',
    script: [request('/b%2Fc')],
    show: ['target'],
    right: '200 a; target: /b%2Fc',
  },
  {
    name: 'dot segments',
    authority: 'RFC 3986 6.2.2.3',
    script: [request('/x/../b/c')],
    right: '200 b',
  },
  {
    name: 'dot segments, encoded',
    authority: 'RFC 3986 6.2.2.3',
    script: [request('/x/%2e%2E/b/c')],
    right: '200 b',
  },
  {
    name: 'dot segments that leave a Prefix',
    authority: 'RFC 3986 6.2.2.3',
    script: [request('/b/../x')],
    right: '200 a',
  },
  {
    name: 'dot segments above the root',
    authority: 'RFC 3986 5.2.4',
    script: [request('/../b')],
    right: '200 b',
  },
  {
    name: 'an empty element at the start of a path',
    authority: 'RFC 3986 3.3',
    script: [request('//b')],
    show: ['target'],
    right: '200 a; target: //b',
  },
  {
    name: 'a percent sign before no two digits',
    authority: 'RFC 3986 2.1',
    script: [request('/b%zz')],
    right: '400',
  },
  { name: 'NUL in a path, encoded', authority: 'RFC 3986 7.3', script: [request('/b%00')], right: '400' },
  {
    name: 'a path that a regular expression covers',
    authority: 'trafficlab: ImplementationSpecific',
    script: [request('/any/v12/x')],
    right: '200 any',
  },
  {
    name: 'a path that a regular expression does not cover',
    authority: 'trafficlab: ImplementationSpecific',
    script: [request('/any/x')],
    right: '200 a',
  },
  {
    name: 'a query with semicolons and brackets',
    authority: 'RFC 3986 3.4',
    script: [request('/x?a=1;b=2&c[]=%2F')],
    show: ['target'],
    right: '200 a; target: /x?a=1;b=2&c[]=%2F',
  },
  {
    name: 'a fragment',
    authority: 'RFC 9112 3.2.1',
    script: [request('/x#y')],
    right: '400',
  },
  {
    name: 'a URI of 8,000 characters',
    authority: 'RFC 9112 3',
    script: [request(`/${'x'.repeat(8_000)}`)],
    right: '200 a',
  },
  {
    name: 'a percent sign, encoded, before two digits',
    authority: 'RFC 3986 2.4',
    script: [request('/%2562/c')],
    show: ['target'],
    right: '200 a; target: /%2562/c',
  },
  {
    name: 'a parameter in an element',
    authority: 'Ingress, path types',
    script: [request('/b;v=1/c')],
    show: ['target'],
    right: '200 a; target: /b;v=1/c',
  },
  {
    name: 'bytes in a path that are no UTF-8, encoded',
    authority: 'RFC 3986 2.5',
    script: [request('/caf%E9')],
    show: ['target'],
    right: '200 a; target: /caf%E9',
  },
  // Methods
  {
    name: 'HEAD',
    authority: 'RFC 9110 9.3.2',
    script: [request('/', { method: 'HEAD' })],
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n',
    show: ['method', 'seen content-length', 'end'],
    right: '200 a; method: HEAD; seen content-length: 1000; end',
  },
  {
    name: 'OPTIONS *',
    authority: 'RFC 9110 9.3.7',
    script: [request('*', { method: 'OPTIONS' })],
    right: '200',
  },
  {
    name: 'CONNECT',
    authority: 'RFC 9110 9.3.6',
    script: [request('a.test:80', { method: 'CONNECT', host: ['Host: a.test:80'] })],
    right: '405',
  },
  { name: 'TRACE', authority: 'RFC 9110 9.3.8', script: [request('/', { method: 'TRACE' })], right: '405' },
  {
    name: 'a method that nobody knows',
    authority: 'RFC 9110 9.1',
    script: [request('/', { method: 'BREW' })],
    show: ['method'],
    right: '200 a; method: BREW',
  },
  {
    name: 'a method in small letters',
    authority: 'RFC 9110 9.1',
    script: [request('/', { method: 'get' })],
    show: ['method'],
    right: '200 a; method: get',
  },
  { name: 'an unknown version', authority: 'RFC 9112 2.3', script: [request('/', { version: 'HTTP/3.7' })], right: '505' },
  // Upgrades and expectations
  {
    name: 'WebSocket',
    authority: 'RFC 6455 4.1',
    script: [
      request('/', {
        open: true,
        fields: [
          'Connection: Upgrade',
          'Upgrade: websocket',
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
          'Sec-WebSocket-Version: 13',
        ],
      }),
      ['\r\n\r\n', 'there '],
      ['there ', 'and back'],
    ],
    answer: 'upgrade',
    show: ['body', 'seen upgrade'],
    right: '101 a; client got: there and back; seen upgrade: websocket',
  },
  {
    name: 'WebSocket in capitals, under a wildcard, beside another option of Connection',
    authority: 'RFC 6455 4.1',
    script: [webSocket(['Connection: keep-alive, Upgrade', 'Upgrade: WebSocket', KEY], 'x.wild.test'), ['\r\n\r\n', 'back']],
    answer: 'upgrade',
    show: ['body'],
    right: '101 b; client got: back',
  },
  {
    name: 'WebSocket that the backend does not take',
    authority: 'RFC 9110 7.8',
    script: [webSocket(['Connection: Upgrade', 'Upgrade: websocket', KEY])],
    right: '200 a',
  },
  {
    name: 'WebSocket without its key',
    authority: 'RFC 6455 4.2.1',
    script: [webSocket(['Connection: Upgrade', 'Upgrade: websocket'])],
    answer: 'upgrade',
    right: '400',
  },
  {
    name: 'Upgrade to something unknown',
    authority: 'RFC 9110 7.8',
    script: [request('/', { open: true, fields: ['Connection: Upgrade, close', 'Upgrade: tea/1'] })],
    show: ['sent upgrade', 'sent connection'],
    right: '200 a; upgrade: -; connection: -',
  },
  {
    name: 'Upgrade that Connection does not name',
    authority: 'RFC 9110 7.8',
    script: [request('/', { fields: ['Upgrade: websocket'] })],
    answer: 'upgrade',
    show: ['sent upgrade'],
    right: '200 a; upgrade: -',
  },
  {
    name: 'no upgrade unless it is asked for',
    authority: 'RFC 9110 7.8',
    script: [request('/')],
    answer: 'upgrade',
    show: ['sent upgrade'],
    right: '200 a; upgrade: -',
  },
  {
    name: 'Upgrade to h2c',
    authority: 'RFC 9113 3.1',
    script: [
      request('/', {
        open: true,
        fields: ['Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'],
      }),
    ],
    show: ['sent upgrade'],
    right: '200 a; upgrade: -',
  },
  {
    name: 'Expect: 100-continue',
    authority: 'RFC 9110 10.1.1',
    script: [post(['Content-Length: 4', 'Expect: 100-continue'], ''), ['100 Continue', 'body']],
    answer: PLAIN_ANSWER,
    show: ['body'],
    right: '100, 200 a; body: body',
  },
  {
    name: 'Expect of something unknown',
    authority: 'RFC 9110 10.1.1',
    script: [post(['Content-Length: 4', 'Expect: tea'], 'body')],
    right: '417',
  },
  // Bodies and their length
  {
    name: 'a chunked request',
    authority: 'RFC 9112 7.1',
    script: [post([TE], chunked('hello'))],
    show: ['body'],
    right: '200 a; body: hello',
  },
  {
    name: 'trailers of a request',
    authority: 'RFC 9110 6.5',
    script: [post([TE, 'Trailer: X-Sum'], '5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n')],
    show: ['body', 'trailers'],
    right: '200 a; body: hello; trailers: x-sum: 1',
  },
  {
    name: 'trailers of a response',
    authority: 'RFC 9110 6.5',
    script: [request('/', { fields: ['TE: trailers'] })],
    answer: `HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\n${TE}\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`,
    show: ['seen x-sum'],
    right: '200 a; seen x-sum: 1',
  },
  {
    name: 'Content-Length and Transfer-Encoding',
    authority: FRAMING,
    script: [post([TE, 'Content-Length: 5'], `0\r\n\r\n${SMUGGLED}`, { open: true })],
    show: ['target', 'end'],
    right: '400; end',
  },
  {
    name: 'two lengths that differ',
    authority: FRAMING,
    script: [post(['Content-Length: 5', 'Content-Length: 6'], 'hello!')],
    right: '400',
  },
  {
    name: 'two lengths, alike',
    authority: FRAMING,
    script: [post(['Content-Length: 5', 'Content-Length: 5'], 'hello')],
    right: '400',
  },
  { name: 'a length below zero', authority: FRAMING, script: [post(['Content-Length: -5'], 'hello')], right: '400' },
  { name: 'a length with a plus sign', authority: 'RFC 9110 8.6', script: [post(['Content-Length: +5'], 'hello')], right: '400' },
  { name: 'a length in hexadecimal', authority: 'RFC 9110 8.6', script: [post(['Content-Length: 0x5'], 'hello')], right: '400' },
  { name: 'an empty length', authority: 'RFC 9110 8.6', script: [post(['Content-Length:'], 'hello')], right: '400' },
  {
    name: 'a length with a blank in it',
    authority: 'RFC 9110 8.6',
    script: [post(['Content-Length: 5 5'], 'hello')],
    right: '400',
  },
  {
    name: 'a blank before the colon of Transfer-Encoding',
    authority: 'RFC 9112 5.1',
    script: [post(['Transfer-Encoding : chunked'], chunked('hello'))],
    right: '400',
  },
  {
    name: 'Transfer-Encoding in capitals',
    authority: 'RFC 9112 7',
    script: [post(['Transfer-Encoding: CHUNKED'], chunked('hello'))],
    show: ['body'],
    right: '200 a; body: hello',
  },
  {
    name: 'an extension of a chunk',
    authority: 'RFC 9112 7.1.1',
    script: [post([TE], '5;a=b\r\nhello\r\n0\r\n\r\n')],
    show: ['body'],
    right: '200 a; body: hello',
  },
  {
    name: 'an empty line before the request',
    authority: 'RFC 9112 2.2',
    script: [`\r\n${request('/')}`],
    right: '200 a',
  },
  {
    name: 'a length beyond all bounds',
    authority: 'RFC 9110 8.6',
    script: [post([`Content-Length: ${'9'.repeat(30)}`], 'hello')],
    right: '400',
  },
  {
    name: 'Transfer-Encoding: xchunked',
    authority: 'RFC 9112 6.1',
    script: [post(['Transfer-Encoding: xchunked'], chunked('hello'))],
    right: '501',
  },
  {
    name: 'Transfer-Encoding: gzip, chunked',
    authority: 'RFC 9112 6.1',
    script: [post(['Transfer-Encoding: gzip, chunked'], chunked('hello'))],
    right: '501',
  },
  {
    name: 'Transfer-Encoding: chunked, identity',
    authority: FRAMING,
    script: [post(['Transfer-Encoding: chunked, identity'], chunked('hello'))],
    right: '501',
  },
  {
    name: 'Transfer-Encoding twice',
    authority: FRAMING,
    script: [post([TE, TE], chunked('hello'))],
    right: '400',
  },
  {
    name: 'Transfer-Encoding with a vertical tab',
    authority: 'RFC 9110 5.5',
    script: [post(['Transfer-Encoding: \x0bchunked'], chunked('hello'))],
    right: '400',
  },
  {
    name: 'Transfer-Encoding of HTTP/1.0',
    authority: 'RFC 9112 6.1',
    script: [post([TE], chunked('hello'), { version: 'HTTP/1.0' })],
    show: ['body'],
    right: '400',
  },
  {
    name: 'a blank before the colon',
    authority: 'RFC 9112 5.1',
    script: [post(['Content-Length : 5'], 'hello')],
    right: '400',
  },
  {
    name: 'a folded line',
    authority: 'RFC 9112 5.2',
    script: [request('/', { fields: ['X-Folded: one', '  two'] })],
    show: ['sent x-folded'],
    right: '400',
  },
  {
    name: 'a line that ends in LF alone',
    authority: 'RFC 9112 2.2',
    script: [`GET / HTTP/1.1\nHost: a.test\n${CASE_HEADER}: @\nConnection: close\n\n`],
    right: '200 a',
  },
  {
    name: 'CR in a value',
    authority: 'RFC 9112 2.2',
    script: [request('/', { fields: ['X-Odd: one\rX-Two: two'] })],
    right: '400',
  },
  {
    name: 'NUL in a value',
    authority: 'RFC 9110 5.5',
    script: [request('/', { fields: ['X-Odd: one\0two'] })],
    show: ['sent x-odd'],
    right: '400',
  },
  {
    name: 'a chunk whose size is no number',
    authority: 'RFC 9112 7.1',
    script: [post([TE], 'xyz\r\nhello\r\n0\r\n\r\n')],
    right: '400',
  },
  {
    name: 'a chunk whose size has 20 digits',
    authority: 'RFC 9112 7.1',
    script: [post([TE], '10000000000000000005\r\nhello\r\n0\r\n\r\n')],
    right: '400',
  },
  {
    name: 'a body of GET',
    authority: 'RFC 9110 9.3.1',
    script: [request('/', { fields: ['Content-Length: 5'], body: 'hello' })],
    show: ['body'],
    right: '200 a; body: hello',
  },
  {
    name: 'two requests at once',
    authority: 'RFC 9112 9.3.2',
    script: [request('/one', { open: true }) + request('/two')],
    show: ['target'],
    right: '200, 200 a a; target: /one, /two',
  },
  {
    name: 'a name with a blank in it',
    authority: 'RFC 9110 5.6.2',
    script: [post(['Content Length: 5'], 'hello')],
    right: '400',
  },
  {
    name: 'a name with brackets in it',
    authority: 'RFC 9110 5.6.2',
    script: [request('/', { fields: ['X(y): 1'] })],
    show: ['sent x(y)'],
    right: '400',
  },
  { name: 'an empty name', authority: 'RFC 9110 5.6.2', script: [request('/', { fields: [': 1'] })], right: '400' },
  { name: 'HTTP/0.9', authority: 'RFC 9112 2.3', script: ['GET /\r\n'], right: '400' },
  {
    name: 'a version with two digits',
    authority: 'RFC 9112 2.3',
    script: [request('/', { version: 'HTTP/1.10' })],
    right: '400',
  },
  {
    name: 'another protocol',
    authority: 'RFC 9112 2.3',
    script: [request('/', { version: 'RTSP/1.0' })],
    show: ['version'],
    right: '400',
  },
  // Headers
  {
    name: 'what Connection names',
    authority: 'RFC 9110 7.6.1',
    script: [request('/', { open: true, fields: ['Connection: X-Hop, close', 'X-Hop: 1', 'Keep-Alive: timeout=5'] })],
    show: ['sent x-hop', 'sent keep-alive'],
    right: '200 a; x-hop: -; keep-alive: -',
  },
  {
    name: 'headers that the proxy sets, named by Connection',
    authority: 'RFC 9110 7.6.1',
    script: [request('/', { open: true, fields: ['Connection: X-Forwarded-For, Host, close'] })],
    show: ['sent x-forwarded-for', 'sent host'],
    right: '200 a; x-forwarded-for: <address>; host: a.test',
  },
  {
    name: 'Proxy-Connection and TE',
    authority: 'RFC 9110 7.6.1',
    script: [request('/', { open: true, fields: ['Connection: TE, close', 'TE: gzip', 'Proxy-Connection: keep-alive'] })],
    show: ['sent te', 'sent proxy-connection'],
    right: '200 a; te: -; proxy-connection: -',
  },
  {
    name: 'X-Forwarded-For and X-Real-Ip',
    authority: 'RFC 7239 5.2',
    script: [request('/')],
    show: ['sent x-forwarded-for', 'sent x-real-ip'],
    right: '200 a; x-forwarded-for: <address>; x-real-ip: <address>',
  },
  {
    name: 'X-Forwarded-Host, -Port and -Proto',
    authority: 'RFC 7239 5.3',
    script: [request('/', { host: ['Host: a.test:8080'] })],
    show: ['sent x-forwarded-host', 'sent x-forwarded-port', 'sent x-forwarded-proto'],
    right: '200 a; x-forwarded-host: a.test:8080; x-forwarded-port: 8080; x-forwarded-proto: http',
  },
  {
    name: 'X-Forwarded-For and X-Real-Ip of the client',
    authority: 'RFC 7239 8.1',
    script: [request('/', { fields: ['X-Forwarded-For: 192.0.2.1', 'X-Real-Ip: 192.0.2.1'] })],
    show: ['sent x-forwarded-for', 'sent x-real-ip'],
    right: '200 a; x-forwarded-for: <address>; x-real-ip: <address>',
  },
  {
    name: 'X-Forwarded-Host, -Port and -Proto of the client',
    authority: 'RFC 7239 8.1',
    script: [request('/', { fields: ['X-Forwarded-Host: b.test', 'X-Forwarded-Port: 1', 'X-Forwarded-Proto: https'] })],
    show: ['sent x-forwarded-host', 'sent x-forwarded-port', 'sent x-forwarded-proto'],
    right: '200 a; x-forwarded-host: a.test; x-forwarded-port: 80; x-forwarded-proto: http',
  },
  {
    name: 'X-Forwarded-Prefix and -Uri of the client',
    authority: 'RFC 7239 8.1',
    script: [request('/', { fields: ['X-Forwarded-Prefix: /x', 'X-Forwarded-Uri: /x'] })],
    show: ['sent x-forwarded-prefix', 'sent x-forwarded-uri'],
    right: '200 a; x-forwarded-prefix: -; x-forwarded-uri: -',
  },
  {
    name: 'a header of 8,000 characters',
    authority: 'RFC 9110 5.4',
    script: [request('/', { fields: [`X-Large: ${'v'.repeat(8_000)}`] })],
    right: '200 a',
  },
  {
    name: 'a header of 12,000 characters',
    authority: 'RFC 9110 5.4',
    script: [request('/', { fields: [`X-Large: ${'v'.repeat(12_000)}`] })],
    right: '200 a',
  },
  {
    name: 'a header of 40,000 characters',
    authority: 'RFC 6585 5',
    script: [request('/', { fields: [`X-Large: ${'v'.repeat(40_000)}`] })],
    right: '431',
  },
  { name: '90 headers', authority: 'RFC 9110 5.4', script: [request('/', { fields: many(90) })], right: '200 a' },
  { name: '150 headers', authority: 'RFC 9110 5.4', script: [request('/', { fields: many(150) })], right: '200 a' },
  {
    name: 'a name with an underscore',
    authority: 'RFC 9110 5.6.2',
    script: [request('/', { fields: ['X_Under: 1'] })],
    show: ['sent x_under'],
    right: '200 a; x_under: 1',
  },
  {
    name: 'Accept-Encoding, and a response that is encoded',
    authority: 'RFC 9110 8.4',
    script: [request('/', { fields: ['Accept-Encoding: gzip, br'] })],
    answer: 'HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\nbody',
    show: ['sent accept-encoding', 'seen content-encoding'],
    right: '200 a; accept-encoding: gzip, br; seen content-encoding: br',
  },
  {
    name: 'Accept-Encoding, and a response that is not encoded',
    authority: 'RFC 9110 8.4',
    script: [request('/', { fields: ['Accept-Encoding: gzip'] })],
    answer: `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3000\r\n\r\n${'x'.repeat(3_000)}`,
    show: ['seen content-encoding', 'seen content-length'],
    right: '200 a; seen content-encoding: -; seen content-length: 3000',
  },
  // Responses
  {
    name: 'Server and Date of the backend',
    authority: 'RFC 9110 10.2.4',
    script: [request('/')],
    answer: 'HTTP/1.1 200 OK\r\nServer: mine\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: 2\r\n\r\nok',
    show: ['seen server', 'seen date'],
    right: '200 a; seen server: mine; seen date: Mon, 01 Jan 2024 00:00:00 GMT',
  },
  {
    name: 'a chunked response to HTTP/1.0',
    authority: 'RFC 9112 6.1',
    script: [request('/', { version: 'HTTP/1.0' })],
    answer: `HTTP/1.1 200 OK\r\n${TE}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    show: ['body', 'seen transfer-encoding', 'end'],
    right: '200 a; client got: hello; seen transfer-encoding: -; end',
  },
  {
    name: 'a response that is no HTTP',
    authority: 'RFC 9110 15.6.3',
    script: [request('/')],
    answer: `nonsense\r\n\r\n${CLOSE}`,
    right: '502 a',
  },
  {
    name: '101 that nobody asked for',
    authority: 'RFC 9110 7.8',
    script: [request('/')],
    answer: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    right: '502 a',
  },
  {
    name: '103 from the backend',
    authority: 'RFC 8297',
    script: [request('/')],
    answer: `HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\n\r\n${PLAIN_ANSWER}`,
    right: '103, 200 a',
  },
  {
    name: '204 from the backend',
    authority: FRAMING,
    script: [request('/')],
    answer: 'HTTP/1.1 204 No Content\r\n\r\n',
    show: ['end'],
    right: '204 a; end',
  },
  {
    name: '304 from the backend, with a length',
    authority: FRAMING,
    script: [request('/')],
    answer: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 1000\r\n\r\n',
    show: ['end'],
    right: '304 a; end',
  },
  {
    name: 'a response that ends with its connection',
    authority: FRAMING,
    script: [request('/')],
    answer: `HTTP/1.1 200 OK\r\n\r\nall of it${CLOSE}`,
    show: ['body', 'end'],
    right: '200 a; client got: all of it; end',
  },
  {
    name: 'a response that breaks off',
    authority: 'RFC 9112 8',
    script: [request('/')],
    answer: `HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it${CLOSE}`,
    show: ['end'],
    right: '200 a; end',
  },
  {
    name: 'no response to PATCH, which is not sent again',
    authority: 'RFC 9110 9.2.2',
    script: [request('/', { method: 'PATCH', fields: ['Content-Length: 5'], body: 'hello' })],
    answer: 'close',
    right: '502 a',
  },
  {
    name: 'no response to POST, which is not sent again',
    authority: 'RFC 9110 9.2.2',
    script: [post(['Content-Length: 5'], 'hello')],
    answer: 'close',
    right: '502 a',
  },
];

/** All requests, each with its own name in it; names tell cases apart. */
export const requestCases: readonly RequestCase[] = cases.map((one, index) => {
  const named = (bytes: string) => bytes.replaceAll(`${CASE_HEADER}: @`, `${CASE_HEADER}: ${index}`);
  const [first, ...then] = one.script;
  return { ...one, script: [named(first), ...then.map(([after, send]) => [after, named(send)] as const)] };
});

/** How a backend knows the requests of a case. */
export const caseName = (index: number): string => String(index);
