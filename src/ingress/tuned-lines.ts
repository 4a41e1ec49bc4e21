import type { Tuning } from '../cluster/contract/topology.ts';
import { type Amount, settingsOf } from './tuning.ts';

/** Requests that no connection ever comes to; nginx has no word for "unlimited". */
const ENDLESS = 1_000_000_000;
/** haproxy's word for how much of a buffer it keeps free; its default, written out because limits are counted with it. */
const REWRITE = 1_024;

/** Lines of nginx' configuration that a tuning decides, by where they go. */
export interface NginxLines {
  readonly main: readonly string[];
  readonly http: readonly string[];
  /** In every upstream block. */
  readonly upstream: readonly string[];
}

/** Every value is of `settingsOf`; `defaults` has no lines but one that nginx cannot do without, so that its own values count. */
export function nginxLines(tuning: Tuning): NginxLines {
  if (tuning === 'defaults')
    // By default nginx logs to a file that an ordinary user may not open and that fills a disk in a long run; here the write remains, the file not.
    return { main: [], http: ['access_log /dev/null combined;'], upstream: [] };
  const settings = settingsOf('nginx', tuning);
  const half = settings.requestHeaderBytes / 2;
  return {
    main: [`worker_processes ${settings.workers};`],
    http: [
      `access_log ${settings.accessLog};`,
      `gzip ${settings.compression};`,
      `keepalive_timeout ${seconds(settings.clientIdleMs)};`,
      `keepalive_requests ${requests(settings.clientRequestsPerConnection)};`,
      `client_header_timeout ${seconds(settings.clientHeadersMs)};`,
      `client_body_timeout ${seconds(settings.clientBodyMs)};`,
      `large_client_header_buffers 2 ${half};`,
      `proxy_http_version ${settings.upstreamHttpVersion};`,
      `proxy_connect_timeout ${seconds(settings.upstreamConnectMs)};`,
      `proxy_read_timeout ${seconds(settings.upstreamSilenceMs)};`,
      `proxy_request_buffering ${settings.requestBuffering};`,
      `proxy_buffering ${settings.responseBuffering};`,
      `proxy_buffer_size ${settings.responseHeaderBytes};`,
      // nginx wants these to fit the one above, whether or not it uses them.
      `proxy_buffers 4 ${settings.responseHeaderBytes};`,
    ],
    upstream: [
      `keepalive ${settings.upstreamIdleConnections};`,
      `keepalive_requests ${requests(settings.upstreamRequestsPerConnection)};`,
      `keepalive_timeout ${seconds(settings.upstreamIdleMs)};`,
    ],
  };
}

/** Lines of haproxy's configuration that a tuning decides, by section. */
export interface HaproxyLines {
  readonly global: readonly string[];
  readonly defaults: readonly string[];
}

/** Every value is of `settingsOf`; none in `defaults`. */
export function haproxyLines(tuning: Tuning): HaproxyLines {
  if (tuning === 'defaults') return { global: [], defaults: [] };
  const settings = settingsOf('haproxy', tuning);
  return {
    global: [
      `nbthread ${settings.workers}`,
      `tune.bufsize ${settings.requestHeaderBytes + REWRITE}`,
      `tune.maxrewrite ${REWRITE}`,
    ],
    defaults: [
      `timeout client ${seconds(settings.clientBodyMs)}`,
      `timeout http-request ${seconds(settings.clientHeadersMs)}`,
      `timeout http-keep-alive ${seconds(settings.clientIdleMs)}`,
      `timeout server ${seconds(settings.upstreamSilenceMs)}`,
      `timeout connect ${seconds(settings.upstreamConnectMs)}`,
      'http-reuse always',
      `default-server pool-max-conn ${settings.upstreamIdleConnections} pool-purge-delay ${seconds(settings.upstreamIdleMs)}`,
    ],
  };
}

/** traefik's static configuration, as far as a tuning decides it: of the entry point of requests, and of all backends. */
export interface TraefikTuning {
  readonly entryPoint: Tree;
  readonly serversTransport: Tree;
  /** Environment of the process. */
  readonly env: Readonly<Record<string, string>>;
}
interface Tree {
  readonly [name: string]: string | number | Tree;
}

/** Every value is of `settingsOf`; all of it is empty in `defaults`. */
export function traefikTuning(tuning: Tuning): TraefikTuning {
  if (tuning === 'defaults') return { entryPoint: {}, serversTransport: {}, env: {} };
  const settings = settingsOf('traefik', tuning);
  return {
    entryPoint: {
      transport: {
        respondingTimeouts: { readTimeout: seconds(settings.clientBodyMs), idleTimeout: seconds(settings.clientIdleMs) },
      },
      http: { maxHeaderBytes: settings.requestHeaderBytes },
    },
    serversTransport: {
      maxIdleConnsPerHost: Number(settings.upstreamIdleConnections),
      forwardingTimeouts: {
        dialTimeout: seconds(settings.upstreamConnectMs),
        responseHeaderTimeout: seconds(settings.upstreamSilenceMs),
        idleConnTimeout: seconds(settings.upstreamIdleMs),
      },
    },
    env: { GOMAXPROCS: String(settings.workers) },
  };
}

/** The same as arguments of traefik's command line, as in "--serverstransport.maxidleconnsperhost=256". @param entryPoint its name. */
export function traefikArguments(tuning: Tuning, entryPoint: string): string[] {
  const tuned = traefikTuning(tuning);
  return flags({ entryPoints: { [entryPoint]: tuned.entryPoint }, serversTransport: tuned.serversTransport }, '--');
}

const flags = (tree: Tree, head: string): string[] =>
  Object.entries(tree).flatMap(([name, value]) => {
    const flag = `${head}${name.toLowerCase()}`;
    return typeof value === 'object' ? flags(value, `${flag}.`) : [`${flag}=${value}`];
  });

const seconds = (ms: Amount): string => `${Number(ms) / 1000}s`;

const requests = (amount: Amount): number => (amount === 'unlimited' ? ENDLESS : amount);
