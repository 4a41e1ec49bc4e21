import { authority, headers, path, refused } from './haproxy-requests.ts';
import type { Backend, IngressModel, PathRule } from './model.ts';
import { escapedPattern } from './paths.ts';
import { noEndpoints, noRule, type ProxyOptions, type Rendering, rendered } from './rendering.ts';
import { haproxyLines } from './tuned-lines.ts';

/**
 * The whole configuration of a stock haproxy (2.6 and newer) for a model; it is to run as master and worker (`-W`), as whoever starts it.
 * In a reload the master hands the listening sockets from the old worker to the new one by itself (management.txt, "-x": in master-worker mode
 * no stats socket with "expose-fd listeners" is needed), so no connection finds a closed port.
 * Rules are looked through one after the other.
 */
export const renderHaproxy = (model: IngressModel, options: ProxyOptions): Rendering =>
  rendered((generation) =>
    [...globals(options), ...defaults(options), ...status(options, generation), ...frontend(model, options), ...backends(model)]
      .join('\n')
      .concat('\n'),
  );

/** A listener's queue, as long as the kernel lets it be (net.core.somaxconn): a reload must not turn anyone away. */
const BACKLOG = 4096;
/** Each takes two descriptors, one to the backend; many machines allow 20,000 and no more. */
const CONNECTIONS = 8_192;

const globals = ({ folder, tuning = 'fair' }: ProxyOptions): string[] =>
  section('global', [
    `pidfile ${quoted(`${folder}/haproxy.pid`)}`,
    'log stderr format raw daemon err',
    ...haproxyLines(tuning).global,
    // As shipped it takes 101 headers and no more, where the others have no limit but the size of all together.
    ...(tuning === 'defaults' ? [] : ['tune.http.maxhdr 1000']),
    // "normalize-uri" (haproxy-requests.ts) counts as an experiment in every version so far.
    'expose-experimental-directives',
    // Where fewer open files are allowed, it makes do with fewer.
    `maxconn ${CONNECTIONS}`,
    'no strict-limits',
    // Old workers end when their connections have; those that stay open would keep them for ever.
    'hard-stop-after 30s',
  ]);

const defaults = ({ tuning = 'fair' }: ProxyOptions): string[] =>
  section('defaults', [
    'mode http',
    `maxconn ${CONNECTIONS}`,
    `backlog ${BACKLOG}`,
    // No "log": with one, haproxy would put a line together for each request, whatever is then written of it.
    ...haproxyLines(tuning).defaults,
    // In a reload an idle connection gets one more answer, with "Connection: close", in the place of a reset.
    'option idle-close-on-response',
    'option http-keep-alive',
    // An endpoint that cannot be reached is left for the next one, which is what makes the removal of an endpoint lossless: its pod may be
    // gone before the configuration is. What was sent is sent again only where that does no harm (frontend below).
    'retries 3',
    'option redispatch 1',
    'retry-on conn-failure empty-response',
  ]);

const status = (options: ProxyOptions, generation: string): string[] =>
  section('frontend trafficlab-status', [
    bind(options, options.statusPort),
    `http-request return status 200 content-type text/plain string "ok" if { path /healthz }`,
    `http-request return status 200 content-type text/plain string "${generation}" if { path /generation }`,
    'http-request return status 404',
  ]);

function frontend(model: IngressModel, options: ProxyOptions): string[] {
  const ready = new Set(model.backends.filter(({ endpoints }) => endpoints.length > 0).map(({ id }) => id));
  const target = ({ backend }: PathRule): string =>
    backend !== undefined && ready.has(backend) ? backend : 'trafficlab-no-endpoints';
  const tests = pathTests(model);
  const choose = (rules: readonly PathRule[], host: string): string[] =>
    rules.map((rule) => {
      const conditions = [host, tests.names.get(pathKey(rule)) ?? ''].filter(Boolean);
      return `use_backend ${target(rule)}${conditions.length > 0 ? ` if ${conditions.join(' ')}` : ''}`;
    });
  return section('frontend trafficlab', [
    bind(options, options.port),
    ...refused,
    ...authority,
    ...path,
    ...headers,
    'acl safe_to_repeat method GET HEAD OPTIONS PUT DELETE',
    'http-request disable-l7-retry unless safe_to_repeat',
    ...model.hosts.map(({ host }, index) => `acl host_${index} ${hostTest(host)}`),
    ...tests.lines,
    ...model.hosts.flatMap(({ rules }, index) => [
      ...choose(rules, `host_${index}`),
      // All that this host's requests can match has been looked at, the rules for any host included.
      `use_backend trafficlab-no-rule if host_${index}`,
    ]),
    ...choose(model.anyHost, ''),
    'default_backend trafficlab-no-rule',
  ]);
}

const bind = ({ address = '0.0.0.0' }: ProxyOptions, port: number): string => `bind ${address}:${port}`;

/** One label in the place of a wildcard, and one only. */
const hostTest = (host: string): string =>
  host.startsWith('*.')
    ? `var(txn.host) -m reg ${quoted(`^[^.]+\\.${escapedPattern(host.slice(2))}$`)}`
    : `var(txn.host) -m str ${host}`;

/** Each path that rules speak of, once, and the name of its test; two lines of one name are an "or". The prefix "/" needs no test. */
function pathTests({ hosts, anyHost }: IngressModel): {
  readonly names: ReadonlyMap<string, string>;
  readonly lines: readonly string[];
} {
  const names = new Map<string, string>();
  const lines: string[] = [];
  for (const rule of [...hosts.flatMap(({ rules }) => rules), ...anyHost]) {
    const { match, path } = rule;
    if (names.has(pathKey(rule)) || (match === 'prefix' && path === '/')) continue;
    const name = `path_${names.size}`;
    names.set(pathKey(rule), name);
    if (match === 'pattern') lines.push(`acl ${name} var(txn.path) -m reg ${quoted(`^(?:${path})`)}`);
    else lines.push(`acl ${name} var(txn.path) -m str ${quoted(path)}`);
    if (match === 'prefix') lines.push(`acl ${name} var(txn.path) -m beg ${quoted(`${path}/`)}`);
  }
  return { names, lines };
}

const pathKey = ({ match, path }: PathRule): string => `${match} ${path}`;

const backends = (model: IngressModel): string[] => [
  ...model.backends.filter(({ endpoints }) => endpoints.length > 0).flatMap(backend),
  ...section('backend trafficlab-no-rule', [answer(404, noRule)]),
  ...section('backend trafficlab-no-endpoints', [answer(503, noEndpoints)]),
];

/** Readiness is the cluster's to decide, so haproxy checks nothing. */
const backend = ({ id, endpoints }: Backend): string[] =>
  section(`backend ${id}`, [
    'balance roundrobin',
    ...endpoints.map(({ address, port }) => `server ${address}:${port} ${address}:${port}`),
  ]);

const answer = (code: number, text: string): string =>
  `http-request return status ${code} content-type text/plain string "${text}\\n"`;

function section(head: string, content: readonly string[]): string[] {
  return [head, ...content.map((line) => `  ${line}`)];
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;
