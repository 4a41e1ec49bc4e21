import type { Tuning } from '../cluster/contract/topology.ts';

/*
 * What every request goes through in nginx before rules are looked at, so that it comes out as behind the other proxies; test/ingress/requests.ts
 * has the requests and what decides. nginx works a map out only where its variable is used.
 */

/**
 * $authority: that of the target, else Host (RFC 9112 3.2.2); $upstream_host: the same, else where the request came in (3.3).
 * $refused: the status of a request that nginx answers by itself. $websocket: what is asked for, where Connection says so too (RFC 9110 7.8).
 */
export const requestMaps: readonly string[] = [
  ...map('$request', '$authority', [`"~*^[^ ]+ http://(?<of_target>[^/?# ]*)" $of_target;`, 'default $http_host;']),
  ...map('$authority', '$upstream_host', ['"" $server_addr:$server_port;', 'default $authority;']),
  ...map('$authority', '$authority_port', ['"~:(?<of_authority>[0-9]+)$" $of_authority;', 'default 80;']),
  ...map('$request', '$refused_target', [
    '"~*^[^ ]+ https:" 421;',
    '"~*^[^ ]+ (?!http:)[a-z]" 400;',
    '"~^[^ ]+ [^ ]*#" 400;',
    'default "";',
  ]),
  ...map('$authority', '$refused_authority', [
    // A host or an address in brackets, and a port (RFC 3986 3.2.2); an expression is not asked about nothing.
    '"" $refused_target;',
    `"~^([-._~!$&'()*+,;=%0-9A-Za-z]*|\\[[0-9A-Fa-f:.]+\\])(:[0-9]*)?$" $refused_target;`,
    'default 400;',
  ]),
  ...map('$http_expect', '$refused', ['"" $refused_authority;', '"~*^100-continue$" $refused_authority;', 'default 417;']),
  ...map('"$http_upgrade $http_connection"', '$websocket', ['"~*^websocket (.*[ ,])?upgrade([ ,]|$)" websocket;', 'default "";']),
  ...map('$websocket', '$upstream_connection', ['websocket upgrade;', 'default "";']),
];

/** Headers are set and not added to: a client must not be able to name another's address. */
export const requestHeaders = (tuning: Tuning): readonly string[] => [
  'proxy_set_header Host $upstream_host;',
  // As shipped, nginx speaks HTTP/1.0 to backends and ends each connection, so there is no WebSocket; without "close" it stays open.
  ...(tuning === 'defaults' ? [] : ['proxy_set_header Connection $upstream_connection;', 'proxy_set_header Upgrade $websocket;']),
  'proxy_set_header Proxy-Connection "";',
  // nginx would put its own in their place.
  'proxy_pass_header Server;',
  'proxy_pass_header Date;',
  'proxy_set_header X-Forwarded-For $remote_addr;',
  'proxy_set_header X-Forwarded-Host $authority;',
  'proxy_set_header X-Forwarded-Port $authority_port;',
  'proxy_set_header X-Forwarded-Proto $scheme;',
  'proxy_set_header X-Real-Ip $remote_addr;',
  // What traefik takes for a proxy's word, and the others do not set.
  ...['Method', 'Prefix', 'Server', 'Tls-Client-Cert', 'Tls-Client-Cert-Info', 'Uri'].map(
    (name) => `proxy_set_header X-Forwarded-${name} "";`,
  ),
];

/** In every server: an "if" with nothing but a "return" is safe. */
export const refused: readonly string[] = ['400', '417', '421'].map(
  (status) => `if ($refused = "${status}") { return ${status}; }`,
);

function map(from: string, to: string, content: readonly string[]): string[] {
  return [`map ${from} ${to} {`, ...content.map((line) => `  ${line}`), '}'];
}
