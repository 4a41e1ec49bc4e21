import { stringify } from 'yaml';
import type { Backend, HostRules, IngressModel, PathRule } from './model.ts';
import { escapedPattern } from './paths.ts';
import { type ProxyOptions, type Rendering, rendered } from './rendering.ts';
import { traefikTuning } from './tuned-lines.ts';

/** Names in the folder of a traefik that is fed by its file provider. */
export const traefikFiles = { static: 'traefik.yaml', dynamic: 'dynamic.yaml' } as const;

/** Runs traefik (3.2 and newer) on the static configuration in its folder. */
export const traefikCommand = (program: string, folder: string): readonly string[] => [
  program,
  `--configFile=${folder}/${traefikFiles.static}`,
];

/** Go's word for how many cores a program may use at a time; what worker processes and threads are to the other proxies. */
export const traefikEnvironment = ({ tuning = 'fair' }: Pick<ProxyOptions, 'tuning'>): Readonly<Record<string, string>> =>
  traefikTuning(tuning).env;

/**
 * What traefik reads once, when it starts; it follows the dynamic file by itself. The status listener answers `/ping`, and `/generation` with
 * a redirection whose last part is the generation: traefik has no answers of its own.
 */
export const renderTraefikStatic = ({ folder, port, statusPort, address = '', tuning = 'fair' }: ProxyOptions): string => {
  const { entryPoint, serversTransport } = traefikTuning(tuning);
  return stringify({
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    log: { level: 'ERROR' },
    ping: { entryPoint: STATUS },
    entryPoints: {
      [WEB]: { address: `${address}:${port}`, ...entryPoint },
      [STATUS]: { address: `${address}:${statusPort}` },
    },
    ...(tuning === 'defaults' ? {} : { serversTransport }),
    providers: { providersThrottleDuration: '50ms', file: { filename: `${folder}/${traefikFiles.dynamic}`, watch: true } },
  });
};

const WEB = 'web';
const STATUS = 'status';
const NO_ENDPOINTS = 'trafficlab-no-endpoints';

/** The dynamic file for a model. X-Forwarded-For and retries (none) are as traefik has them by default, as on a cluster. */
export const renderTraefik = (model: IngressModel): Rendering =>
  rendered((generation) =>
    stringify({
      http: {
        routers: { ...routers(model), 'trafficlab-generation': statusRouter },
        middlewares: {
          'trafficlab-generation': { redirectRegex: { regex: '.*', replacement: `http://generation/${generation}` } },
        },
        services: Object.fromEntries([...model.backends.map(service), [NO_ENDPOINTS, { loadBalancer: { servers: [] } }]]),
      },
    }),
  );

const statusRouter = {
  entryPoints: [STATUS],
  rule: 'Path(`/generation`)',
  middlewares: ['trafficlab-generation'],
  service: 'noop@internal',
};

/** A router for each rule; its priority is its place, because traefik's own order is by the length of the rule's text. */
function routers({ hosts, anyHost, backends }: IngressModel) {
  const known = new Set(backends.map(({ id }) => id));
  const all = [
    ...hosts.flatMap((host) => host.rules.map((rule) => ruleText(rule, host))),
    ...anyHost.map((rule) => ruleText(rule)),
  ];
  const served = [...hosts.flatMap(({ rules }) => rules), ...anyHost];
  return Object.fromEntries(
    all.map((rule, index) => {
      const { backend } = served[index]!;
      const target = backend !== undefined && known.has(backend) ? backend : NO_ENDPOINTS;
      return [`rule-${index}`, { entryPoints: [WEB], rule, priority: all.length - index, service: nameOf(target) }];
    }),
  );
}

function ruleText(rule: PathRule, host?: HostRules): string {
  const where = pathText(rule);
  return host ? `${hostText(host.host)} && ${where}` : where;
}

function pathText({ match, path }: PathRule): string {
  if (match === 'pattern') return `PathRegexp(${quoted(`^(?:${path})`)})`;
  if (match === 'prefix' && path === '/') return 'PathPrefix(`/`)';
  const tests = spellings(path).flatMap((one) => [
    `Path(${quoted(one)})`,
    ...(match === 'prefix' ? [`PathPrefix(${quoted(`${one}/`)})`] : []),
  ]);
  return tests.length === 1 ? tests[0]! : `(${tests.join(' || ')})`;
}

/**
 * traefik compares decoded paths but for reserved characters (RFC 3986 2.2), which count as the request has them: as they are, those that a
 * client may not send so encoded, or all of them encoded.
 */
function spellings(path: string): string[] {
  const sets = [/[%?#]/g, /[%?#[\]]/g, /[%?#[\]:@!$&'()*+,;=]/g];
  return [...new Set(sets.map((set) => path.replace(set, encoded)))];
}

const encoded = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** A dot at the end makes no other host; `Host` sees that by itself. */
const hostText = (host: string): string =>
  host.startsWith('*.') ? `HostRegexp(${quoted(`^[^.]+\\.${escapedPattern(host.slice(2))}\\.?$`)})` : `Host(${quoted(host)})`;

/** As Go reads a text. */
const quoted = (text: string): string => (text.includes('`') ? JSON.stringify(text) : `\`${text}\``);

/** traefik answers 503 for a service without servers. */
const service = ({ id, endpoints }: Backend) => [
  nameOf(id),
  { loadBalancer: { servers: endpoints.map(({ address, port }) => ({ url: `http://${address}:${port}` })) } },
];

const nameOf = (id: string): string => id.replaceAll('.', '_');
