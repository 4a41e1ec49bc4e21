import type { Backend, IngressModel, PathRule } from './model.ts';
import { refused, requestHeaders, requestMaps } from './nginx-requests.ts';
import { escapedPattern } from './paths.ts';
import { noEndpoints, noRule, type ProxyOptions, type Rendering, rendered } from './rendering.ts';
import { nginxLines } from './tuned-lines.ts';

/**
 * The whole configuration of a stock nginx (1.22 and newer) for a model. It stays in the foreground, and runs as whoever starts it.
 * Paths are compared as nginx has them: decoded, and with "." and ".." taken out.
 */
export const renderNginx = (model: IngressModel, options: ProxyOptions): Rendering =>
  rendered((generation) =>
    lines(main(options), http(model, options, generation))
      .join('\n')
      .concat('\n'),
  );

/** A listener's queue, as long as the kernel lets it be (net.core.somaxconn): a reload must not turn anyone away. */
const BACKLOG = 4096;
/** Each takes two descriptors, one to the backend; many machines allow 20,000 and no more. */
const CONNECTIONS = 8_192;

const main = ({ folder, tuning = 'fair' }: ProxyOptions): string[] => [
  'daemon off;',
  // As root this keeps nginx from becoming "nobody", who does not exist where one user alone is mapped; for others it says nothing.
  'user root root;',
  ...nginxLines(tuning).main,
  `worker_rlimit_nofile ${2 * CONNECTIONS};`,
  // Old workers end when their connections have; those that stay open would keep them for ever.
  'worker_shutdown_timeout 30s;',
  `pid ${quoted(`${folder}/nginx.pid`)};`,
  'error_log stderr warn;',
  'events {',
  `  worker_connections ${CONNECTIONS};`,
  '}',
];

const http = (model: IngressModel, options: ProxyOptions, generation: string): string[] =>
  block('http', [
    ...temporaryFolders.map((name) => `${name}_temp_path ${quoted(`${options.folder}/${name}`)};`),
    'default_type text/plain;',
    ...nginxLines(options.tuning ?? 'fair').http,
    'server_tokens off;',
    'merge_slashes off;',
    // Room for the longest host there is, 253 characters, and for as many as there are; nginx warns where it has to make do.
    'server_names_hash_bucket_size 512;',
    `server_names_hash_max_size ${Math.max(512, 4 * model.hosts.length)};`,
    'client_max_body_size 0;',
    'underscores_in_headers on;',
    ...requestMaps,
    ...requestHeaders(options.tuning ?? 'fair'),
    // An endpoint that cannot be reached is left for the next one, which is what makes the removal of an endpoint lossless: its pod may be
    // gone before the configuration is. A POST that was sent is never sent again: that would take "non_idempotent" here.
    'proxy_next_upstream error timeout;',
    'proxy_next_upstream_tries 3;',
    ...model.backends.flatMap((backend) => upstream(backend, nginxLines(options.tuning ?? 'fair').upstream)),
    ...server(options, options.statusPort, '', ' default_server', [
      ...location('= /healthz', ['return 200 "ok";']),
      ...location('= /generation', [`return 200 "${generation}";`]),
    ]),
    ...server(options, options.port, '', ' default_server', [...refused, ...paths(model.anyHost, model)]),
    ...model.hosts.flatMap(({ host, rules }) =>
      server(options, options.port, serverName(host), '', [...refused, ...paths(rules, model)]),
    ),
  ]);

const temporaryFolders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** Readiness is the cluster's to decide, so nginx counts no failures. */
const upstream = ({ id, endpoints }: Backend, tuned: readonly string[]): string[] =>
  endpoints.length === 0
    ? []
    : block(`upstream ${id}`, [...endpoints.map(({ address, port }) => `server ${address}:${port} max_fails=0;`), ...tuned]);

/** Without "reuseport": with it each worker has a queue of its own, and what stands in that of an old worker is lost in a reload. */
const server = (
  { address = '0.0.0.0' }: ProxyOptions,
  port: number,
  names: string,
  flags: string,
  content: readonly string[],
): string[] =>
  block('server', [
    `listen ${address}:${port}${flags}${flags === '' ? '' : ` backlog=${BACKLOG}`};`,
    ...(names === '' ? [] : [`server_name ${names};`]),
    ...content,
  ]);

/** nginx' own wildcard would cover several labels; one of an Ingress covers one. */
const serverName = (host: string): string =>
  host.startsWith('*.') ? quoted(`~^[^.]+\\.${escapedPattern(host.slice(2))}$`) : quoted(host);

/**
 * nginx itself looks for the exact location first and then for the longest prefix, so the order of the rules does not matter. A pattern would
 * come before every prefix, so where there is one, all rules are patterns, which nginx looks through in their order.
 */
function paths(rules: readonly PathRule[], model: IngressModel): string[] {
  if (rules.some(({ match }) => match === 'pattern')) return patterns(rules, model);
  const locations = new Map<string, string[]>();
  const add = (name: string, content: string[]) => locations.has(name) || locations.set(name, location(name, content));
  for (const rule of rules) {
    const content = answer(rule, model);
    if (rule.match === 'exact') add(`= ${quoted(rule.path)}`, content);
    else if (rule.path === '/') add('/', content);
    else {
      add(`= ${quoted(rule.path)}`, content);
      add(quoted(`${rule.path}/`), content);
    }
  }
  // Unless it is told otherwise, nginx answers "/foo" with a redirection where "/foo/" goes to a backend.
  for (const { match, path } of rules) {
    if (match === 'exact' && path.length > 1 && path.endsWith('/'))
      add(`= ${quoted(path.slice(0, -1))}`, answer(ruleFor(path.slice(0, -1), rules), model));
  }
  add('/', answer(undefined, model));
  return [...locations.values()].flat();
}

const patterns = (rules: readonly PathRule[], model: IngressModel): string[] => [
  ...rules.flatMap((rule) => location(`~ ${quoted(`^${patternOf(rule)}`)}`, answer(rule, model))),
  ...location('/', answer(undefined, model)),
];

function patternOf({ match, path }: PathRule): string {
  if (match === 'pattern') return `(?:${path})`;
  if (match === 'exact') return `${escapedPattern(path)}\\z`;
  return path === '/' ? '/' : `${escapedPattern(path)}(?:/|\\z)`;
}

const ruleFor = (path: string, rules: readonly PathRule[]): PathRule | undefined =>
  rules.find((rule) => rule.match === 'prefix' && (rule.path === '/' || path.startsWith(`${rule.path}/`)));

function answer(rule: PathRule | undefined, model: IngressModel): string[] {
  if (!rule) return [`return 404 "${noRule}\\n";`];
  const backend = model.backends.find(({ id }) => id === rule.backend);
  return backend?.endpoints.length ? [`proxy_pass http://${backend.id};`] : [`return 503 "${noEndpoints}\\n";`];
}

const location = (name: string, content: readonly string[]): string[] => block(`location ${name}`, content);

const block = (head: string, content: readonly string[]): string[] => [`${head} {`, ...content.map((line) => `  ${line}`), '}'];

const lines = (...parts: readonly (readonly string[])[]): string[] => parts.flat();

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
