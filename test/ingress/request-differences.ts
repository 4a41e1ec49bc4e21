import type { ControllerName } from '../../src/cluster/contract/topology.ts';

/** What a proxy does otherwise than is right with a request of test/ingress/requests.ts, and why no setting changes it. */
export interface Difference {
  /** Name of the request. */
  readonly request: string;
  readonly outcomes: Readonly<Partial<Record<ControllerName, string>>>;
  /** One or two sentences. */
  readonly why: string;
  /** Whether the authority lets the proxy do so. */
  readonly allowed: boolean;
}

const TRAEFIK_TARGET = 'traefik has no rule about the target as it came: it takes the host out of it, whatever else is in it.';
const HAPROXY_CODING = 'haproxy calls it malformed before any rule is looked at. Nothing goes to a backend either way.';
const TRAEFIK_METHODS = 'traefik has no answers of its own, and hands every method to the backend.';
const TRAEFIK_CHUNK = 'traefik passes a body on as it reads it, and calls what it cannot read an error of its own.';

/** What the differences were found with; another version may well have others. */
export const differencesOf: Readonly<Record<ControllerName, string>> = { nginx: '1.22', haproxy: '2.6', traefik: '3.6' };

/** All that is known; the suite fails where a proxy does something else, or no longer does this. */
export const differences: readonly Difference[] = [
  {
    request: 'two Hosts, alike',
    outcomes: { haproxy: '200 a; host: a.test' },
    why: 'haproxy makes one of two Hosts that are alike before any rule is looked at.',
    allowed: false,
  },
  {
    request: 'an empty Host',
    outcomes: { nginx: '400' },
    why: 'nginx takes no empty Host of HTTP/1.1; only a client whose target has no authority may send one.',
    allowed: true,
  },
  { request: 'absolute-form without a host', outcomes: { traefik: '200 a' }, why: TRAEFIK_TARGET, allowed: false },
  { request: 'absolute-form of another scheme', outcomes: { traefik: '200 b' }, why: TRAEFIK_TARGET, allowed: false },
  { request: 'absolute-form of https over plain HTTP', outcomes: { traefik: '200 b' }, why: TRAEFIK_TARGET, allowed: false },
  { request: 'absolute-form with userinfo', outcomes: { traefik: '200 b' }, why: TRAEFIK_TARGET, allowed: true },
  {
    request: 'unreserved characters, encoded',
    outcomes: { traefik: '200 b; target: /b/c' },
    why: 'traefik passes on the path that it compared.',
    allowed: true,
  },
  {
    request: 'a slash, encoded, is no element of a path',
    outcomes: { nginx: '200 b; target: /b%2Fc' },
    why: 'nginx decodes "%2F" before it looks for a rule.',
    allowed: false,
  },
  {
    request: 'dot segments above the root',
    outcomes: { nginx: '400' },
    why: 'nginx refuses what would leave the root.',
    allowed: true,
  },
  {
    request: 'an empty element at the start of a path',
    outcomes: { traefik: '200 b; target: /b' },
    why: 'traefik takes empty elements out together with dot segments (sanitizePath); without that it would see dot segments as they are.',
    allowed: false,
  },
  {
    request: 'NUL in a path, encoded',
    outcomes: { traefik: '200 a' },
    why: 'traefik refuses it only from 3.6.4 on and only with an option that older ones do not start with.',
    allowed: true,
  },
  {
    request: 'a query with semicolons and brackets',
    outcomes: { traefik: '200 a; target: /x?a=1&b=2&c[]=%2F' },
    why: 'traefik makes "&" of a semicolon in a query, or "%3B" with encodeQuerySemicolons; as it is does not exist.',
    allowed: false,
  },
  { request: 'OPTIONS *', outcomes: { nginx: '400' }, why: 'nginx knows no target "*".', allowed: false },
  {
    request: 'CONNECT',
    outcomes: { nginx: '400', traefik: '200 a' },
    why: `nginx knows no target that is a host and a port alone. ${TRAEFIK_METHODS}`,
    allowed: true,
  },
  { request: 'TRACE', outcomes: { traefik: '200 a' }, why: TRAEFIK_METHODS, allowed: true },
  {
    request: 'a method in small letters',
    outcomes: { nginx: '400' },
    why: 'nginx knows methods in capitals only.',
    allowed: false,
  },
  {
    request: 'Upgrade to h2c',
    outcomes: { traefik: '200 a; upgrade: h2c' },
    why: 'traefik passes on every Upgrade. RFC 9110 7.8 lets a proxy do so; a backend that knows h2c would get a connection past the rules.',
    allowed: true,
  },
  {
    request: 'trailers of a request',
    outcomes: { nginx: '200 a; body: hello; trailers: -', traefik: '200 a; body: hello; trailers: -' },
    why: 'nginx drops them, and so does traefik. RFC 9110 6.5.1 lets a proxy do so.',
    allowed: true,
  },
  {
    request: 'trailers of a response',
    outcomes: { nginx: '200 a; seen x-sum: -' },
    why: 'nginx drops them before 1.27.2, which has proxy_pass_trailers. RFC 9110 6.5.1 lets a proxy do so.',
    allowed: true,
  },
  {
    request: 'Content-Length and Transfer-Encoding',
    outcomes: { haproxy: '200 a; target: /; end', traefik: '200, 200 a b; target: /, /smuggled; goes on' },
    why: 'haproxy and traefik go by Transfer-Encoding and drop the length, so the backend sees one meaning. The server must then end the connection; traefik goes on with what follows, which its rules see as a request.',
    allowed: false,
  },
  {
    request: 'two lengths, alike',
    outcomes: { haproxy: '200 a', traefik: '200 a' },
    why: 'haproxy and traefik make one of lengths that are alike (RFC 9110 8.6).',
    allowed: true,
  },
  { request: 'Transfer-Encoding: xchunked', outcomes: { haproxy: '400' }, why: HAPROXY_CODING, allowed: true },
  { request: 'Transfer-Encoding: gzip, chunked', outcomes: { haproxy: '422' }, why: HAPROXY_CODING, allowed: true },
  { request: 'Transfer-Encoding: chunked, identity', outcomes: { haproxy: '400' }, why: HAPROXY_CODING, allowed: true },
  {
    request: 'Transfer-Encoding twice',
    outcomes: { traefik: '501' },
    why: 'traefik calls it unsupported. Nothing goes to a backend either way.',
    allowed: true,
  },
  {
    request: 'Transfer-Encoding with a vertical tab',
    outcomes: { nginx: '501' },
    why: 'nginx calls it an unknown coding. Nothing goes to a backend either way.',
    allowed: true,
  },
  {
    request: 'Transfer-Encoding of HTTP/1.0',
    outcomes: { haproxy: '200 a; body: hello', traefik: '200 a; client got: ok' },
    why: 'haproxy reads the chunks, traefik no body at all; both end the connection after it, as RFC 9112 6.1 has it.',
    allowed: true,
  },
  {
    request: 'a folded line',
    outcomes: { haproxy: '200 a; x-folded: one    two', traefik: '200 a; x-folded: one two' },
    why: 'RFC 9112 5.2 has a proxy refuse it or put blanks in its place; haproxy and traefik do the second.',
    allowed: true,
  },
  { request: 'a chunk whose size is no number', outcomes: { traefik: '500' }, why: TRAEFIK_CHUNK, allowed: false },
  { request: 'a chunk whose size has 20 digits', outcomes: { traefik: '500' }, why: TRAEFIK_CHUNK, allowed: false },
  {
    request: 'a name with brackets in it',
    outcomes: { nginx: '200 a; x(y): -' },
    why: 'nginx drops a header whose name has other characters than letters, digits, hyphens and underscores.',
    allowed: false,
  },
  {
    request: 'HTTP/0.9',
    outcomes: { nginx: 'closed', haproxy: '200', traefik: 'no answer' },
    why: 'nginx answers with a body alone. haproxy takes it for HTTP/1.0: the option by which it accepts absolute-form lets it in, and no rule sees it. traefik waits for more.',
    allowed: true,
  },
  {
    request: 'a version with two digits',
    outcomes: { nginx: '200 a', haproxy: '505' },
    why: 'nginx reads it as HTTP/1.1. haproxy takes it for a version that it does not know.',
    allowed: false,
  },
  {
    request: 'another protocol',
    outcomes: { haproxy: '200 a; version: RTSP/1.0' },
    why: 'The option by which haproxy accepts absolute-form lets it in, and no rule sees the name of a protocol.',
    allowed: false,
  },
  {
    request: 'what Connection names',
    outcomes: { nginx: '200 a; x-hop: 1; keep-alive: -', haproxy: '200 a; x-hop: 1; keep-alive: -' },
    why: 'nginx and haproxy drop the headers of a connection that they know, and have no rule for names that a client makes up.',
    allowed: false,
  },
  {
    request: 'a header of 40,000 characters',
    outcomes: { nginx: '400', haproxy: '400' },
    why: 'RFC 6585 made 431 for it; nginx and haproxy answer 400.',
    allowed: true,
  },
  {
    request: 'a response that breaks off',
    outcomes: { traefik: 'closed a; end' },
    why: 'nginx and haproxy pass on what came, traefik nothing that it has not passed on yet. The client sees an incomplete response either way.',
    allowed: true,
  },
  {
    request: 'Host with a port that is no number',
    outcomes: { traefik: '200 a' },
    why: 'traefik does not look at the port.',
    allowed: false,
  },
  {
    request: 'WebSocket without its key',
    outcomes: { nginx: '101 a', traefik: '101 a' },
    why: 'nginx and traefik leave it to the backend to look at the handshake.',
    allowed: true,
  },
  {
    request: 'Upgrade to something unknown',
    outcomes: { traefik: '200 a; upgrade: tea/1; connection: Upgrade' },
    why: 'traefik passes on every Upgrade. RFC 9110 7.8 lets a proxy do so; a backend that knows h2c would get a connection past the rules.',
    allowed: true,
  },
  {
    request: 'an empty line before the request',
    outcomes: { traefik: '400' },
    why: 'traefik reads no request after an empty line.',
    allowed: false,
  },
  {
    request: 'a chunked response to HTTP/1.0',
    outcomes: { haproxy: '200 a; client got: hello; seen transfer-encoding: chunked; end' },
    why: 'haproxy takes the chunks apart and leaves the header.',
    allowed: false,
  },
  {
    request: 'a response that is no HTTP',
    outcomes: { nginx: 'closed a', traefik: '500 a' },
    why: 'nginx takes it for HTTP/0.9 and passes it on as it is; traefik calls it an error of its own.',
    allowed: false,
  },
  {
    request: '101 that nobody asked for',
    outcomes: { nginx: '101 a', traefik: '500 a' },
    why: 'nginx passes it on; traefik calls it an error of its own.',
    allowed: false,
  },
];
