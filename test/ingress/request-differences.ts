import type { ControllerName } from '../../src/cluster/contract/topology.ts';

/** How a proxy differs from the right outcome of a request of test/ingress/requests.ts, and why no setting changes it. */
export interface Difference {
  /** Name of the request. */
  readonly request: string;
  readonly outcomes: Readonly<Partial<Record<ControllerName, string>>>;
  /** One or two sentences. */
  readonly why: string;
  /** Whether the authority lets the proxy do so. */
  readonly allowed: boolean;
}

const TRAEFIK_TARGET = 'traefik has no rules on the original target: it uses its host and ignores the rest.';
const HAPROXY_CODING = 'haproxy rejects it as malformed before it evaluates rules. No backend receives anything in either case.';
const TRAEFIK_METHODS = 'traefik forwards every method to the backend.';
const TRAEFIK_CHUNK = 'traefik streams the body, and reports what it cannot parse as its own error.';

/** What the differences were found with; another version may well have others. */
export const differencesOf: Readonly<Record<ControllerName, string>> = { nginx: '1.22', haproxy: '2.6', traefik: '3.6' };

/** All that is known; the suite fails where a proxy does something else, or no longer does this. */
export const differences: readonly Difference[] = [
  {
    request: 'two Hosts, alike',
    outcomes: { haproxy: '200 a; host: a.test' },
    why: 'haproxy merges two equal Host headers before it evaluates rules.',
    allowed: false,
  },
  {
    request: 'an empty Host',
    outcomes: { nginx: '400' },
    why: 'nginx rejects an empty Host in HTTP/1.1; only clients whose target has no authority may send one.',
    allowed: true,
  },
  { request: 'absolute-form without a host', outcomes: { traefik: '200 a' }, why: TRAEFIK_TARGET, allowed: false },
  { request: 'absolute-form of another scheme', outcomes: { traefik: '200 b' }, why: TRAEFIK_TARGET, allowed: false },
  { request: 'absolute-form of https over plain HTTP', outcomes: { traefik: '200 b' }, why: TRAEFIK_TARGET, allowed: false },
  { request: 'absolute-form with userinfo', outcomes: { traefik: '200 b' }, why: TRAEFIK_TARGET, allowed: true },
  {
    request: 'unreserved characters, encoded',
    outcomes: { traefik: '200 b; target: /b/c' },
    why: 'traefik forwards the normalised path.',
    allowed: true,
  },
  {
    request: 'a slash, encoded, is no element of a path',
    outcomes: { nginx: '200 b; target: /b%2Fc' },
    why: 'nginx decodes "%2F" before it selects a rule.',
    allowed: false,
  },
  {
    request: 'dot segments above the root',
    outcomes: { nginx: '400' },
    why: 'nginx rejects paths that lead above the root.',
    allowed: true,
  },
  {
    request: 'an empty element at the start of a path',
    outcomes: { traefik: '200 b; target: /b' },
    why: 'traefik removes empty elements together with dot segments (sanitizePath); without this option it keeps dot segments.',
    allowed: false,
  },
  {
    request: 'NUL in a path, encoded',
    outcomes: { traefik: '200 a' },
    why: 'traefik rejects it only from 3.6.4 on, with an option that makes older versions fail to start.',
    allowed: true,
  },
  {
    request: 'a query with semicolons and brackets',
    outcomes: { traefik: '200 a; target: /x?a=1&b=2&c[]=%2F' },
    why: 'traefik replaces a semicolon in a query with "&", or with "%3B" if encodeQuerySemicolons is set; it cannot keep it.',
    allowed: false,
  },
  { request: 'OPTIONS *', outcomes: { nginx: '400' }, why: 'nginx does not support the target "*".', allowed: false },
  {
    request: 'CONNECT',
    outcomes: { nginx: '400', traefik: '200 a' },
    why: `nginx does not support a target of only host and port. ${TRAEFIK_METHODS}`,
    allowed: true,
  },
  { request: 'TRACE', outcomes: { traefik: '200 a' }, why: TRAEFIK_METHODS, allowed: true },
  {
    request: 'a method in small letters',
    outcomes: { nginx: '400' },
    why: 'nginx supports only methods in capitals.',
    allowed: false,
  },
  {
    request: 'Upgrade to h2c',
    outcomes: { traefik: '200 a; upgrade: h2c' },
    why: 'traefik forwards every Upgrade. RFC 9110 7.8 lets a proxy do so; with a backend that supports h2c, the connection bypasses the rules.',
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
    why: 'haproxy and traefik use Transfer-Encoding and drop the length, so the backend sees one meaning. The server must then close the connection; traefik continues and treats what follows as a request.',
    allowed: false,
  },
  {
    request: 'two lengths, alike',
    outcomes: { haproxy: '200 a', traefik: '200 a' },
    why: 'haproxy and traefik merge equal lengths (RFC 9110 8.6).',
    allowed: true,
  },
  { request: 'Transfer-Encoding: xchunked', outcomes: { haproxy: '400' }, why: HAPROXY_CODING, allowed: true },
  { request: 'Transfer-Encoding: gzip, chunked', outcomes: { haproxy: '422' }, why: HAPROXY_CODING, allowed: true },
  { request: 'Transfer-Encoding: chunked, identity', outcomes: { haproxy: '400' }, why: HAPROXY_CODING, allowed: true },
  {
    request: 'Transfer-Encoding twice',
    outcomes: { traefik: '501' },
    why: 'traefik rejects it as unsupported. No backend receives anything in either case.',
    allowed: true,
  },
  {
    request: 'Transfer-Encoding with a vertical tab',
    outcomes: { nginx: '501' },
    why: 'nginx rejects the coding as unknown. No backend receives anything in either case.',
    allowed: true,
  },
  {
    request: 'Transfer-Encoding of HTTP/1.0',
    outcomes: { haproxy: '200 a; body: hello', traefik: '200 a; client got: ok' },
    why: 'haproxy reads the chunks, traefik no body; both then close the connection, as RFC 9112 6.1 requires.',
    allowed: true,
  },
  {
    request: 'a folded line',
    outcomes: { haproxy: '200 a; x-folded: one    two', traefik: '200 a; x-folded: one two' },
    why: 'RFC 9112 5.2: a proxy rejects it or replaces it with spaces; haproxy and traefik replace it.',
    allowed: true,
  },
  { request: 'a chunk whose size is no number', outcomes: { traefik: '500' }, why: TRAEFIK_CHUNK, allowed: false },
  { request: 'a chunk whose size has 20 digits', outcomes: { traefik: '500' }, why: TRAEFIK_CHUNK, allowed: false },
  {
    request: 'a name with brackets in it',
    outcomes: { nginx: '200 a; x(y): -' },
    why: 'nginx drops headers whose names have characters other than letters, digits, hyphens and underscores.',
    allowed: false,
  },
  {
    request: 'HTTP/0.9',
    outcomes: { nginx: 'closed', haproxy: '200', traefik: 'no answer' },
    why: 'nginx answers with a body only. haproxy treats it as HTTP/1.0: the option that makes it accept absolute-form admits it, and rules cannot detect it. traefik waits for more data.',
    allowed: true,
  },
  {
    request: 'a version with two digits',
    outcomes: { nginx: '200 a', haproxy: '505' },
    why: 'nginx treats it as HTTP/1.1. haproxy treats it as an unknown version.',
    allowed: false,
  },
  {
    request: 'another protocol',
    outcomes: { haproxy: '200 a; version: RTSP/1.0' },
    why: 'The option that makes haproxy accept absolute-form admits it, and rules cannot read the protocol name.',
    allowed: false,
  },
  {
    request: 'what Connection names',
    outcomes: { nginx: '200 a; x-hop: 1; keep-alive: -', haproxy: '200 a; x-hop: 1; keep-alive: -' },
    why: 'nginx and haproxy drop the connection headers that they know, but not other names that a client lists.',
    allowed: false,
  },
  {
    request: 'a header of 40,000 characters',
    outcomes: { nginx: '400', haproxy: '400' },
    why: 'RFC 6585 defines 431 for this; nginx and haproxy answer 400.',
    allowed: true,
  },
  {
    request: 'a response that breaks off',
    outcomes: { traefik: 'closed a; end' },
    why: 'nginx and haproxy forward what they received; traefik drops what it has not forwarded yet. The client sees an incomplete response in either case.',
    allowed: true,
  },
  {
    request: 'Host with a port that is no number',
    outcomes: { traefik: '200 a' },
    why: 'traefik ignores the port.',
    allowed: false,
  },
  {
    request: 'WebSocket without its key',
    outcomes: { nginx: '101 a', traefik: '101 a' },
    why: 'nginx and traefik leave the check of the handshake to the backend.',
    allowed: true,
  },
  {
    request: 'Upgrade to something unknown',
    outcomes: { traefik: '200 a; upgrade: tea/1; connection: Upgrade' },
    why: 'traefik forwards every Upgrade. RFC 9110 7.8 lets a proxy do so; with a backend that supports h2c, the connection bypasses the rules.',
    allowed: true,
  },
  {
    request: 'an empty line before the request',
    outcomes: { traefik: '400' },
    why: 'traefik accepts no request after an empty line.',
    allowed: false,
  },
  {
    request: 'a chunked response to HTTP/1.0',
    outcomes: { haproxy: '200 a; client got: hello; seen transfer-encoding: chunked; end' },
    why: 'haproxy removes the chunking but keeps the header.',
    allowed: false,
  },
  {
    request: 'a response that is no HTTP',
    outcomes: { nginx: 'closed a', traefik: '500 a' },
    why: 'nginx treats it as HTTP/0.9 and forwards it unchanged; traefik reports its own error.',
    allowed: false,
  },
  {
    request: '101 that nobody asked for',
    outcomes: { nginx: '101 a', traefik: '500 a' },
    why: 'nginx forwards it; traefik reports its own error.',
    allowed: false,
  },
];
