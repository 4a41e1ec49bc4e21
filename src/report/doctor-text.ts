import type { Obstacle } from '../cluster/contract/obstacle.ts';
import type { Detections, Limits, ProxyMode } from '../cluster/contract/provider.ts';
import { type Announcement, controllers } from '../cluster/contract/topology.ts';
import { type ObstacleWords, obstacleWords } from '../words/obstacle.ts';
import { detectionRows } from './detected-text.ts';
import { wrap } from './wrap.ts';

export interface Examined {
  readonly name: string;
  readonly limits: Limits;
}

const modes = ['userspace', 'iptables', 'ipvs', 'nftables'] as const satisfies readonly ProxyMode[];

/** What topologies are called in `Limits.topologies`, for people; those without an obstacle can be had. */
const topologies: Readonly<Record<string, string>> = {
  pod: 'pod IP',
  'cluster-ip': 'ClusterIP',
  'node-port': 'NodePort, externalTrafficPolicy Cluster',
  'node-port-local': 'NodePort, externalTrafficPolicy Local',
  'host-port': 'hostPort',
  'load-balancer-l2': 'LoadBalancer announced by L2',
  'load-balancer-bgp': 'LoadBalancer announced by BGP, and a router',
  'load-balancer-servicelb': "LoadBalancer by k3s' servicelb",
  ...Object.fromEntries(controllers.map((name) => [`ingress-${name}`, `ingress controller: ${name}`])),
  outside: 'a client outside the cluster',
  'link-rate': 'rate of links',
  'link-delay': 'delay of links',
  'link-loss': 'loss on links',
} satisfies Readonly<Record<`load-balancer-${Announcement}`, string>> & Readonly<Record<string, string>>;

/** Every provider with its modes and topologies, what each lacks and the one command that adds it; at most 100 columns. */
export function doctorText(examined: readonly Examined[]): string {
  return `${examined.map((one) => section(one).join('\n')).join('\n\n')}\n`;
}

/** What was got for each provider, and why the rest was left to the reader; the remedies stand above it. */
export function fixText(
  fixed: readonly (Examined & { readonly gained: readonly string[]; readonly failure?: Obstacle })[],
): string {
  const gained = fixed.flatMap(({ name, gained: keys }) =>
    keys.length ? wrap(keys.map((key) => topologies[key] ?? key).join(', '), `fixed  ${name}: `) : [],
  );
  const failures = fixed.flatMap(({ name, failure }) => (failure ? lacking(name, failure, '') : []));
  const left =
    'Not fixed: everything with "no" above. doctor changes no engine or kernel setting and none of your files, and never uses sudo.';
  return `${[...(gained.length ? gained : ['fixed  nothing']), ...failures, ...wrap(left, '')].join('\n')}\n`;
}

function section({ name, limits }: Examined): string[] {
  const seen = Object.entries(limits.seen).map(([what, value]) => `${what} ${value}`);
  const head = limits.provider ? lacking(name, limits.provider, '') : wrap(seen.length ? seen.join(', ') : 'ready', `${name}  `);
  const runs = limits.detected ? runsLines(limits.detected) : [];
  if (limits.provider) return [...head, ...runs];
  return [
    ...head,
    ...runs,
    ...modes.flatMap((mode) => modeLines(mode, limits)),
    ...Object.entries(topologies).flatMap(([key, title]) =>
      limits.topologies[key] ? lacking(title, limits.topologies[key], '  ') : yes(title),
    ),
    ...Object.entries(limits.series).flatMap(([series, obstacle]) => lacking(series, obstacle, '  ')),
    ...(limits.pulls?.length ? wrap(limits.pulls.join(', '), '  to pull first: ') : []),
  ];
}

/** What the cluster runs, with how that is known. */
const runsLines = (detected: Detections): string[] =>
  detectionRows(detected).flatMap(({ what, value }) => wrap(value, `  ${what}: `));

function modeLines(mode: ProxyMode, limits: Limits): string[] {
  const holders = limits.families.filter(({ members }) => members.some(({ proxyMode }) => proxyMode === mode));
  const obstacle = limits.proxyModes[mode];
  if (!holders.length)
    return obstacle
      ? lacking(`mode ${mode}`, obstacle, '  ')
      : lines(`mode ${mode}`, { reason: 'no kernel or version here has it', remedy: 'see the other providers' }, '  ');
  const where = holders.map(({ title, members }) => {
    const backends = members
      .filter(({ proxyMode }) => proxyMode === mode)
      .flatMap(({ iptablesBackend }) => iptablesBackend ?? []);
    return backends.length ? `${title} (${backends.join(', ')})` : title;
  });
  return yes(`mode ${mode}: ${where.join('; ')}`);
}

const yes = (text: string): string[] => wrap(text, '  yes  ');

const lacking = (what: string, obstacle: Obstacle, indent: string): string[] => lines(what, obstacleWords(obstacle), indent);

function lines(what: string, { reason, remedy }: ObstacleWords, indent: string): string[] {
  return [...wrap(`${what}: ${reason}`, `${indent}no   `), ...(remedy ? wrap(remedy, `${indent}     remedy: `) : [])];
}
