import type { Facts } from '../cluster/contract/provider.ts';
import { type Announcement, type IngressTopology, type Topology, tuningOf, tuningVaries } from '../cluster/contract/topology.ts';
import type { Plan, Scenario } from '../lab/plan.ts';
import type { LabMode } from '../lab/schema.ts';
import { type SeriesName, seriesTable } from '../lab/series.ts';

/**
 * A mode as it is shown. iptables carries the backend that was observed, since legacy and nf_tables differ by more than most
 * modes do; the one asked for stands in only where nothing was observed.
 */
export function modeName(mode: LabMode, facts: Facts | undefined): string {
  if (!isIptables(mode)) return mode;
  const asked = mode === 'iptables-legacy' ? 'legacy' : mode === 'iptables-nft' ? 'nf_tables' : undefined;
  const backend = facts?.iptablesBackend ?? asked;
  return backend ? `iptables (${backend})` : 'iptables';
}

export const isIptables = (mode: LabMode): boolean => mode.startsWith('iptables');

const announcementName: Readonly<Record<Announcement, string>> = { l2: 'L2', bgp: 'BGP', servicelb: 'servicelb' };

/** How traffic enters, for people: "NodePort (local)", "LoadBalancer (BGP)", "nginx (DaemonSet) on hostPort". */
function entryName(topology: Topology, withTuning = false): string {
  switch (topology.entry) {
    case 'pod':
      return 'pod IP';
    case 'cluster-ip':
      return `ClusterIP${marks(topology.internalTrafficPolicy === 'local' && 'local', topology.sessionAffinity && 'affinity')}`;
    case 'host-port':
      return 'hostPort';
    case 'node-port':
      return `NodePort${marks(topology.trafficPolicy === 'local' && 'local', topology.sessionAffinity && 'affinity')}`;
    case 'load-balancer':
      return `LoadBalancer${marks(announcementName[topology.announce], topology.trafficPolicy === 'local' && 'local', topology.sessionAffinity && 'affinity')}`;
    case 'ingress':
      return `${controllerName(topology, withTuning)} on ${entryName(topology.exposure)}`;
  }
}

/** " (local, affinity)"; nothing without marks. */
function marks(...all: readonly (string | false | undefined)[]): string {
  const given = all.filter((mark) => mark !== false && mark !== undefined);
  return given.length === 0 ? '' : ` (${given.join(', ')})`;
}

/** "nginx (DaemonSet)", "traefik (2 replicas)", "haproxy (DaemonSet, defaults)". */
function controllerName(topology: IngressTopology, withTuning: boolean): string {
  const { controller, placement } = topology;
  const tuning = withTuning ? `, ${tuningOf(topology)}` : '';
  if (placement === 'daemonset') return `${controller} (DaemonSet${tuning})`;
  return `${controller} (${placement.replicas} replica${placement.replicas === 1 ? '' : 's'}${tuning})`;
}

/**
 * Everything of a scenario but its mode: "NodePort from outside, 5,000 Services, last".
 * @param withTuning names the tuning of an ingress too: it differs among the scenarios that are shown together.
 */
export function placeName(scenario: Omit<Scenario, 'id' | 'cluster' | 'mode'>, withTuning = false): string {
  const from = scenario.vantage === 'outside' ? ' from outside' : '';
  return [`${entryName(scenario.topology, withTuning)}${from}`, servicesName(scenario.services), scenario.position]
    .filter(Boolean)
    .join(', ');
}

/** Whether ingresses of more than one tuning are in plans whose cells are shown together. */
export const tuningsDiffer = (...plans: readonly Pick<Plan, 'families'>[]): boolean =>
  tuningVaries(plans.flatMap(({ families }) => families.flatMap(({ scenarios }) => scenarios.map(({ topology }) => topology))));

export const servicesName = (services: number | undefined): string | undefined =>
  services === undefined ? undefined : `${services.toLocaleString('en')} Service${services === 1 ? '' : 's'}`;

export const seriesTitle = (series: SeriesName): string => seriesTable[series].title;

/** "mode, rules not observed": what nobody could look at, as rows and verdicts are marked with it. */
export const notObserved = (unobserved: readonly { readonly subject: string }[]): string =>
  `${[...new Set(unobserved.map(({ subject }) => subject))].join(', ')} not observed`;
