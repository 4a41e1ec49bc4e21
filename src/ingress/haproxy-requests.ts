/*
 * What every request goes through in haproxy before rules are looked at, so that it comes out as behind the other proxies; test/ingress/requests.ts
 * has the requests and what decides.
 */

/** A host or an address in brackets, and a port (RFC 3986 3.2.2). */
const AUTHORITY = "'^([-._~!$&'\"'\"'()*+,;=%0-9A-Za-z]*|\\[[0-9A-Fa-f:.]+\\])(:[0-9]*)?$'";
/** Those of no header's name (RFC 9110 5.6.2), and the comma that haproxy puts between names. */
const NO_NAME = "'[^-!#$%&'\"'\"'*+.^_`|~0-9A-Za-z,]'";

/** Requests that haproxy answers by itself. */
export const refused: readonly string[] = [
  // haproxy answers 400 where an absolute-form's authority is not that of Host, where RFC 9112 3.2.2 has it replace Host. The option that lets
  // such requests in lets others in too; they are refused here.
  '.if version_atleast(3.1)',
  'option accept-unsafe-violations-in-http-request',
  '.else',
  'option accept-invalid-http-request',
  '.endif',
  `http-request deny deny_status 400 if { req.hdr_names -m reg ${NO_NAME} }`,
  "http-request deny deny_status 400 if { req.hdrs -m reg '\\x00' }",
  "http-request deny deny_status 400 if { url -m sub '#' }",
  'http-request return status 505 unless { req.ver 1.0 1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 }',
  'http-request deny deny_status 400 if !{ req.ver 1.0 } !{ req.hdr(host) -m found }',
  'http-request return status 405 if { method CONNECT TRACE }',
  'acl expects_anything req.hdr(expect) -m found',
  'acl expects_100 req.hdr(expect) -m str -i 100-continue',
  'http-request return status 417 if expects_anything !expects_100',
  // The proxy answers for itself, whatever is behind it.
  'http-request return status 200 if { method OPTIONS } { url -m str * }',
];

/** txn.authority: of the target, else of Host (RFC 9112 3.2.2); txn.host: its host in small letters, without a dot at its end. */
export const authority: readonly string[] = [
  'http-request return status 421 if { url -m beg -i https:// }',
  // A variable, because an acl is worked out where it is used, and the target changes below.
  'http-request set-var(txn.absolute) bool(true) if { url -m beg -i http:// }',
  'acl absolute_form var(txn.absolute) -m bool',
  'http-request deny deny_status 400 if !absolute_form !{ url -m beg / }',
  'http-request set-var(txn.authority) req.hdr(host) unless absolute_form',
  'http-request set-var(txn.authority) url,field(3,/),field(1,?) if absolute_form',
  'http-request deny deny_status 400 if absolute_form { var(txn.authority) -m len 0 }',
  `http-request deny deny_status 400 if { var(txn.authority) -m len gt 0 } !{ var(txn.authority) -m reg ${AUTHORITY} }`,
  'http-request set-uri /?%[query] if absolute_form !{ path -m beg / } { query -m len gt 0 }',
  'http-request set-uri / if absolute_form !{ path -m beg / }',
  'http-request set-uri %[pathq] if absolute_form',
  'http-request set-header Host %[var(txn.authority)] if absolute_form',
  'http-request set-header Host %[dst]:%[dst_port] unless { var(txn.authority) -m len gt 0 }',
  'http-request set-var(txn.host) var(txn.authority),host_only,lower',
  'http-request set-var(txn.host) var(txn.host),regsub(\\\\.$,) if { var(txn.host) -m end . }',
];

/**
 * txn.path: the path decoded and without dot segments (RFC 3986 6.2.2), but for "%2F", which is no slash; the backend gets the target as it
 * came. Only paths that need it pay for it.
 */
export const path: readonly string[] = [
  'http-request set-var(txn.target) pathq if { path -m sub % /. }',
  'acl to_normalize var(txn.target) -m found',
  'http-request set-var(txn.path) path unless to_normalize',
  "http-request deny deny_status 400 if to_normalize { path -m reg '%(00|[^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)' }",
  // Without "strict", haproxy 2.6 decodes nothing where a condition follows.
  'http-request normalize-uri percent-decode-unreserved strict if to_normalize',
  'http-request normalize-uri path-strip-dot if to_normalize',
  'http-request normalize-uri path-strip-dotdot full if to_normalize',
  'http-request set-var(txn.path) path,regsub(%2[fF],%252F,g),url_dec if to_normalize',
  'http-request set-pathq %[var(txn.target)] if to_normalize',
];

/** Headers that are set and not added to: a client must not be able to name another's address. The port is that of the authority, else 80. */
export const headers: readonly string[] = [
  'http-request del-header ^x-forwarded-(host|method|prefix|server|tls-client-cert|tls-client-cert-info|uri)$ -m reg',
  'http-request set-header X-Forwarded-For %[src]',
  'http-request set-header X-Forwarded-Host %[var(txn.authority)] if { var(txn.authority) -m len gt 0 }',
  'http-request set-header X-Forwarded-Port 80',
  'http-request set-header X-Forwarded-Port %[var(txn.authority),port_only] if { var(txn.authority),port_only -m int gt 0 }',
  'http-request set-header X-Forwarded-Proto http',
  'http-request set-header X-Real-Ip %[src]',
  // Of one connection (RFC 9110 7.6.1); a WebSocket only where Connection says so too.
  'http-request del-header Keep-Alive',
  'http-request del-header Proxy-Connection',
  'acl connection_upgrades req.hdr(connection) -m sub -i upgrade',
  'acl to_websocket req.fhdr(upgrade) -m str -i websocket',
  'http-request del-header Upgrade unless connection_upgrades to_websocket',
  'http-request del-header Connection unless to_websocket',
];
