import type { ControllerName, Tuning } from '../cluster/contract/topology.ts';

/** How a proxy is set, as far as that costs or saves work; what is not here is the same in every tuning. Times are milliseconds. */
export interface ProxySettings {
  /** nginx' worker processes, haproxy's threads, the cores that traefik uses at a time; `cores`: as many as it may run on. */
  readonly workers: number | 'cores';
  readonly upstreamHttpVersion: '1.0' | '1.1';
  /** Idle connections kept: by nginx for each worker and Service, by haproxy and traefik for each endpoint. 0: each request has a new one. */
  readonly upstreamIdleConnections: Amount;
  readonly upstreamIdleMs: Amount;
  readonly upstreamRequestsPerConnection: Amount;
  /** Whether the first request of a client's connection may use a kept one too. */
  readonly upstreamReuse: 'every request' | 'all but a first request' | 'none';
  readonly upstreamConnectMs: Amount;
  /** Silence of a backend that is to answer; traefik's ends with the headers of the response. */
  readonly upstreamSilenceMs: Amount;
  readonly clientIdleMs: Amount;
  readonly clientRequestsPerConnection: Amount;
  readonly clientHeadersMs: Amount;
  readonly clientBodyMs: Amount;
  readonly accessLog: 'off' | 'combined';
  /** Whether a request is read as a whole before a backend sees any of it. */
  readonly requestBuffering: 'off' | 'on';
  readonly responseBuffering: 'off' | 'on';
  /** All headers of a request together. nginx fills buffers with whole lines, so a line has at most half of it, or a quarter by default. */
  readonly requestHeaderBytes: number;
  readonly responseHeaderBytes: number;
  readonly compression: 'off';
}

export type Amount = number | 'unlimited';
export type SettingName = keyof ProxySettings;

/** A setting of one proxy: its two values, the directive that decides, and where the program says what it ships with. */
export type Setting<Name extends SettingName = SettingName> = Readonly<Record<Tuning, ProxySettings[Name]>> & {
  /** Absent where the program has none. */
  readonly directive?: string;
  readonly source: string;
};
export type SettingsTable = { readonly [Name in SettingName]: Setting<Name> };

const MINUTE = 60_000;
/** Longer than any lab: connections of the lab's client, idle ones too, end when the client ends them. */
const HELD = 60 * MINUTE;
/** Idle connections: more than one worker needs for the connections that a lab's generator can drive through it. */
const KEPT = 256;
/** Room that haproxy keeps free in each buffer, for headers that it adds. */
const REWRITE = 1_024;
/** Twice the limit of Node.js, on which the echo pods run: behind every proxy it is the backend that refuses first. */
const HEADERS = 32_768;
const HAPROXY_BUFFER = 16_384;

/** What every proxy is set to for a fair comparison. The one setting that a program lacks has another value in its table. */
const fair: ProxySettings = {
  workers: 1,
  upstreamHttpVersion: '1.1',
  upstreamIdleConnections: KEPT,
  upstreamIdleMs: HELD,
  upstreamRequestsPerConnection: 'unlimited',
  upstreamReuse: 'every request',
  upstreamConnectMs: 1_000,
  upstreamSilenceMs: MINUTE,
  clientIdleMs: HELD,
  clientRequestsPerConnection: 'unlimited',
  clientHeadersMs: HELD,
  clientBodyMs: HELD,
  accessLog: 'off',
  requestBuffering: 'off',
  responseBuffering: 'off',
  requestHeaderBytes: HEADERS,
  responseHeaderBytes: HEADERS,
  compression: 'off',
};

/** One setting that is like every other program's in `fair`. */
const set = <Name extends SettingName>(
  name: Name,
  defaults: ProxySettings[Name],
  source: string,
  directive?: string,
): Setting<Name> => ({ fair: fair[name], defaults, ...(directive === undefined ? {} : { directive }), source });

const core = (directive: string) => `https://nginx.org/en/docs/ngx_core_module.html#${directive}`;
const http = (directive: string) => `https://nginx.org/en/docs/http/ngx_http_core_module.html#${directive}`;
const proxy = (directive: string) => `https://nginx.org/en/docs/http/ngx_http_proxy_module.html#${directive}`;
const upstream = (directive: string) => `https://nginx.org/en/docs/http/ngx_http_upstream_module.html#${directive}`;

/** nginx; `defaults` is what 1.22 to 1.29.6 have without these directives, and `newNginx` how newer ones differ. */
const nginx: SettingsTable = {
  workers: set('workers', 1, core('worker_processes'), 'worker_processes'),
  upstreamHttpVersion: set('upstreamHttpVersion', '1.0', proxy('proxy_http_version'), 'proxy_http_version'),
  upstreamIdleConnections: set('upstreamIdleConnections', 0, upstream('keepalive'), 'keepalive'),
  upstreamIdleMs: set('upstreamIdleMs', 0, upstream('keepalive_timeout'), 'keepalive_timeout (upstream)'),
  upstreamRequestsPerConnection: set(
    'upstreamRequestsPerConnection',
    1,
    upstream('keepalive_requests'),
    'keepalive_requests (upstream)',
  ),
  upstreamReuse: set('upstreamReuse', 'none', upstream('keepalive'), 'keepalive'),
  upstreamConnectMs: set('upstreamConnectMs', MINUTE, proxy('proxy_connect_timeout'), 'proxy_connect_timeout'),
  upstreamSilenceMs: set('upstreamSilenceMs', MINUTE, proxy('proxy_read_timeout'), 'proxy_read_timeout'),
  clientIdleMs: set('clientIdleMs', 75_000, http('keepalive_timeout'), 'keepalive_timeout'),
  clientRequestsPerConnection: set('clientRequestsPerConnection', 1_000, http('keepalive_requests'), 'keepalive_requests'),
  clientHeadersMs: set('clientHeadersMs', MINUTE, http('client_header_timeout'), 'client_header_timeout'),
  clientBodyMs: set('clientBodyMs', MINUTE, http('client_body_timeout'), 'client_body_timeout'),
  accessLog: set('accessLog', 'combined', 'https://nginx.org/en/docs/http/ngx_http_log_module.html#access_log', 'access_log'),
  requestBuffering: set('requestBuffering', 'on', proxy('proxy_request_buffering'), 'proxy_request_buffering'),
  responseBuffering: set('responseBuffering', 'on', proxy('proxy_buffering'), 'proxy_buffering'),
  requestHeaderBytes: set('requestHeaderBytes', 32_768, http('large_client_header_buffers'), 'large_client_header_buffers'),
  responseHeaderBytes: set('responseHeaderBytes', 4_096, proxy('proxy_buffer_size'), 'proxy_buffer_size'),
  compression: set('compression', 'off', 'https://nginx.org/en/docs/http/ngx_http_gzip_module.html#gzip', 'gzip'),
};

/** What nginx ships with from 1.29.7 on (its CHANGES, 24 March 2026): connections to backends are kept. */
const newNginx: Partial<ProxySettings> = {
  upstreamHttpVersion: '1.1',
  upstreamIdleConnections: 32,
  upstreamIdleMs: MINUTE,
  upstreamRequestsPerConnection: 1_000,
  upstreamReuse: 'every request',
};

const manual = (keyword: string) => `https://docs.haproxy.org/2.6/configuration.html#${keyword}`;

/** haproxy; `defaults` is what 2.6 to 3.2 have without these keywords. A time-out that is not set never ends (it warns of that). */
const haproxy: SettingsTable = {
  workers: set('workers', 'cores', manual('3.1-nbthread'), 'nbthread'),
  upstreamHttpVersion: set('upstreamHttpVersion', '1.1', manual('1.2')),
  upstreamIdleConnections: set('upstreamIdleConnections', 'unlimited', manual('5.2-pool-max-conn'), 'pool-max-conn'),
  upstreamIdleMs: set('upstreamIdleMs', 5_000, manual('5.2-pool-purge-delay'), 'pool-purge-delay'),
  upstreamRequestsPerConnection: set('upstreamRequestsPerConnection', 'unlimited', manual('5.2-max-reuse'), 'max-reuse'),
  upstreamReuse: set('upstreamReuse', 'all but a first request', manual('4-http-reuse'), 'http-reuse'),
  upstreamConnectMs: set('upstreamConnectMs', 'unlimited', manual('4-timeout%20connect'), 'timeout connect'),
  upstreamSilenceMs: set('upstreamSilenceMs', 'unlimited', manual('4-timeout%20server'), 'timeout server'),
  clientIdleMs: set('clientIdleMs', 'unlimited', manual('4-timeout%20http-keep-alive'), 'timeout http-keep-alive'),
  clientRequestsPerConnection: set('clientRequestsPerConnection', 'unlimited', manual('4-option%20http-keep-alive')),
  clientHeadersMs: set('clientHeadersMs', 'unlimited', manual('4-timeout%20http-request'), 'timeout http-request'),
  clientBodyMs: set('clientBodyMs', 'unlimited', manual('4-timeout%20client'), 'timeout client'),
  accessLog: set('accessLog', 'off', manual('4-log'), 'log'),
  requestBuffering: set('requestBuffering', 'off', manual('4-option%20http-buffer-request'), 'option http-buffer-request'),
  responseBuffering: set('responseBuffering', 'off', manual('3.2-tune.bufsize')),
  requestHeaderBytes: set('requestHeaderBytes', HAPROXY_BUFFER - REWRITE, manual('3.2-tune.bufsize'), 'tune.bufsize'),
  responseHeaderBytes: set('responseHeaderBytes', HAPROXY_BUFFER - REWRITE, manual('3.2-tune.bufsize'), 'tune.bufsize'),
  compression: set('compression', 'off', manual('4-compression'), 'compression'),
};

const traefikSource = (file: string) => `https://github.com/traefik/traefik/blob/v3.6/${file}`;
const STATIC = traefikSource('pkg/config/static/static_config.go');
const ENTRY_POINTS = traefikSource('pkg/config/static/entrypoints.go');

/** traefik; `defaults` is what 3.6 has without these options, as `traefik --help` prints it. */
const traefik: SettingsTable = {
  workers: set('workers', 'cores', 'https://pkg.go.dev/runtime#hdr-Environment_Variables', 'GOMAXPROCS'),
  upstreamHttpVersion: set('upstreamHttpVersion', '1.1', 'https://pkg.go.dev/net/http#Transport'),
  upstreamIdleConnections: set('upstreamIdleConnections', 200, STATIC, 'serversTransport.maxIdleConnsPerHost'),
  upstreamIdleMs: set('upstreamIdleMs', 90_000, STATIC, 'serversTransport.forwardingTimeouts.idleConnTimeout'),
  upstreamRequestsPerConnection: set('upstreamRequestsPerConnection', 'unlimited', 'https://pkg.go.dev/net/http#Transport'),
  upstreamReuse: set('upstreamReuse', 'every request', 'https://pkg.go.dev/net/http#Transport'),
  upstreamConnectMs: set('upstreamConnectMs', 30_000, STATIC, 'serversTransport.forwardingTimeouts.dialTimeout'),
  upstreamSilenceMs: set('upstreamSilenceMs', 'unlimited', STATIC, 'serversTransport.forwardingTimeouts.responseHeaderTimeout'),
  clientIdleMs: set('clientIdleMs', 180_000, STATIC, 'transport.respondingTimeouts.idleTimeout'),
  clientRequestsPerConnection: set('clientRequestsPerConnection', 'unlimited', ENTRY_POINTS, 'transport.keepAliveMaxRequests'),
  clientHeadersMs: set('clientHeadersMs', MINUTE, STATIC, 'transport.respondingTimeouts.readTimeout'),
  clientBodyMs: set('clientBodyMs', MINUTE, STATIC, 'transport.respondingTimeouts.readTimeout'),
  accessLog: set('accessLog', 'off', STATIC, 'accessLog'),
  requestBuffering: set('requestBuffering', 'off', traefikSource('pkg/middlewares/buffering/buffering.go'), 'buffering'),
  responseBuffering: set('responseBuffering', 'off', traefikSource('pkg/middlewares/buffering/buffering.go'), 'buffering'),
  requestHeaderBytes: set('requestHeaderBytes', 1_048_576, ENTRY_POINTS, 'http.maxHeaderBytes'),
  // It has no option for this one, so it is the Go library's in either tuning.
  responseHeaderBytes: { fair: 10_485_760, defaults: 10_485_760, source: 'https://pkg.go.dev/net/http#Transport' },
  compression: set('compression', 'off', traefikSource('pkg/middlewares/compress/compress.go'), 'compress'),
};

/** Every setting of every proxy in each tuning, with its source; programs as in `shippedVersions`. */
export const tuningTable: Readonly<Record<ControllerName, SettingsTable>> = { nginx, traefik, haproxy };

/** The versions whose documentation was read for `defaults`. */
export const shippedVersions: Readonly<Record<ControllerName, string>> = {
  nginx: '1.22 to 1.29.6',
  traefik: '3.6',
  haproxy: '2.6 to 3.2',
};

/**
 * What a proxy runs with.
 * @param version of the program, as in "1.22.1"; absent: one of `shippedVersions`.
 */
export function settingsOf(controller: ControllerName, tuning: Tuning, version = ''): ProxySettings {
  const table = Object.entries(tuningTable[controller]);
  const settings = Object.fromEntries(table.map(([name, setting]) => [name, setting[tuning]])) as unknown as ProxySettings;
  return controller === 'nginx' && tuning === 'defaults' && keepsUpstreams(version) ? { ...settings, ...newNginx } : settings;
}

/** nginx 1.29.7 and newer. */
function keepsUpstreams(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return major > 1 || (major === 1 && (minor > 29 || (minor === 29 && patch >= 7)));
}
