import type { Position } from '../cluster/contract/deployment.ts';
import type { Obstacle } from '../cluster/contract/obstacle.ts';
import type { FamilyLimits, Limits, ProxyMode } from '../cluster/contract/provider.ts';
import {
  type Exposure,
  type Placement,
  type Topology,
  topologyKeys,
  topologyName,
  tuningVaries,
} from '../cluster/contract/topology.ts';
import { linkSkips } from './link.ts';
import type { Cell, Scenario } from './plan.ts';
import type { Lab, LabMode, LabTarget } from './schema.ts';
import type { SeriesName } from './series.ts';
import type { Skip } from './skip.ts';

/** Which modes and cells a family of a provider gets of a lab. */
export interface FamilyLayout {
  readonly family: FamilyLimits;
  readonly members: readonly Member[];
  readonly scenarios: readonly Scenario[];
  readonly cells: readonly Cell[];
}

export interface Member {
  /** The mode as it runs: its iptables backend is chosen. */
  readonly mode: LabMode;
  /** The mode as the lab file has it. */
  readonly asked: LabMode;
  /** It is here so that the others of its family have something to be compared with. */
  readonly bridge: boolean;
}

/** A lab as a provider with these limits can run it. */
export interface Layout {
  readonly lab: Lab;
  readonly limits: Limits;
  readonly families: readonly FamilyLayout[];
  readonly skips: readonly Skip[];
}

/**
 * Lays the matrix of a lab out over the families of a provider (docs/method.md).
 *
 * Each mode goes to the first family that holds it. A family that holds any mode but the reference gets the reference too, so that
 * every mode has a partner on its own kernel and version; without `reference`, a lab of several modes bridges its families by its
 * iptables. `iptables` stands for every backend of a family where the lab asks for it in `proxyModes`; as a mere reference it is one
 * cluster, on nf_tables where the family has that (today's default backend), else on what it has.
 *
 * Every combination of mode, target and series that the lab asks for is in `cells` or in the scope of a skip.
 */
export function layOut(lab: Lab, limits: Limits): Layout {
  const skips: Skip[] = [];
  const homes = new Map<FamilyLimits, Member[]>();
  for (const asked of lab.proxyModes) {
    const obstacle = limits.proxyModes[proxyModeOf(asked)];
    const family = limits.families.find((candidate) => expand(asked, candidate).length > 0);
    if (obstacle || !family) skips.push({ code: 'mode', mode: asked, because: obstacle ?? notHeld(asked, limits) });
    else
      homes.set(family, [...(homes.get(family) ?? []), ...expand(asked, family).map((mode) => ({ mode, asked, bridge: false }))]);
  }
  for (const [family, members] of homes) {
    const bridge = bridgeFor(lab, limits, family, members);
    members.push(...bridge.members);
    if (bridge.skip) skips.push(bridge.skip);
  }
  const nameOf = targetNames(lab);
  const targets = lab.targets.filter((target) => {
    const obstacle = obstacleOf(target, limits);
    if (obstacle) skips.push({ code: 'target', target: nameOf(target), because: obstacle });
    return !obstacle;
  });
  const series = lab.series.filter((name) => {
    const obstacle = limits.series[name];
    if (obstacle) skips.push({ code: 'series', series: name, because: obstacle });
    return !obstacle;
  });
  const services = lab.services?.filter((count) => {
    const tooMany = limits.services && count > limits.services.most ? limits.services : undefined;
    if (tooMany) skips.push({ code: 'services', services: count, because: tooMany.because });
    return !tooMany;
  });
  const matrix: Matrix = { targets, nameOf, series, services: services ?? [undefined], positions: lab.positions ?? [undefined] };
  const families = limits.families.flatMap((family) => fill(family, homes.get(family) ?? [], matrix));
  const untimed = [...userspaceFirstPacket(lab, homes, series), ...ingressFirstPacket(targets, nameOf, series)];
  return { lab, limits, families, skips: [...skips, ...untimed, ...linkSkips(lab, limits)] };
}

/** The mode as kube-proxy knows it. */
export const proxyModeOf = (mode: LabMode) => (mode.startsWith('iptables') ? 'iptables' : mode) as Exclude<ProxyMode, 'none'>;

type TargetName = (target: LabTarget) => string;

/** "node-port-local/outside": how traffic enters, and where the client stands; at an ingress with its tuning where a lab has several. */
function targetNames({ targets }: Lab): TargetName {
  const withTuning = tuningVaries(targets.map(topologyOf));
  return (target) => `${topologyName(topologyOf(target), withTuning)}/${target.from}`;
}

const backendModes = { legacy: 'iptables-legacy', nf_tables: 'iptables-nft' } as const;

function modeOf({ proxyMode, iptablesBackend }: FamilyLimits['members'][number]): LabMode | undefined {
  if (proxyMode === 'none') return undefined;
  return proxyMode === 'iptables' && iptablesBackend ? backendModes[iptablesBackend] : proxyMode;
}

/** What a mode of a lab file comes to in a family; empty where the family does not hold it. */
function expand(asked: LabMode, family: FamilyLimits): LabMode[] {
  const held = family.members.flatMap((member) => modeOf(member) ?? []);
  return held.filter((mode) => mode === asked || (asked === 'iptables' && proxyModeOf(mode) === 'iptables'));
}

/** @param family the one that does not hold it; absent: none does. */
function notHeld(asked: LabMode, limits: Limits, family?: FamilyLimits): Obstacle {
  const backend = asked.startsWith('iptables-') && limits.families.some((family) => expand('iptables', family).length > 0);
  return backend
    ? { code: 'no-backend-choice', mode: asked }
    : { code: 'mode-not-held', mode: asked, ...(family ? { family: family.title } : {}) };
}

function bridgeFor(
  lab: Lab,
  limits: Limits,
  family: FamilyLimits,
  members: readonly Member[],
): { readonly members: readonly Member[]; readonly skip?: Skip } {
  const reference =
    lab.reference ?? (lab.proxyModes.length > 1 ? lab.proxyModes.find((mode) => proxyModeOf(mode) === 'iptables') : undefined);
  if (reference === undefined || members.some(({ asked }) => asked === reference)) return { members: [] };
  const obstacle = limits.proxyModes[proxyModeOf(reference)];
  const held = obstacle ? [] : expand(reference, family);
  const others = members.map(({ mode }) => mode);
  if (held.length === 0) {
    if (obstacle && lab.proxyModes.includes(reference)) return { members: [] }; // skipped already, as a mode of the lab
    const because = obstacle ?? notHeld(reference, limits, family);
    return { members: [], skip: { code: 'reference', reference, modes: others, because } };
  }
  const chosen = lab.proxyModes.includes(reference) ? held : [held.find((mode) => mode === 'iptables-nft') ?? held[0]!];
  const added = chosen.filter((mode) => !others.includes(mode));
  return { members: added.map((mode) => ({ mode, asked: reference, bridge: true })) };
}

/** The first reason why a target cannot be had: its entry, then where its client stands. */
function obstacleOf(target: LabTarget, limits: Limits): Obstacle | undefined {
  const topology = topologyOf(target);
  const keys = [
    `${topologyName(topology)}/${target.from}`,
    ...topologyKeys(topology),
    ...(target.from === 'outside' ? ['outside'] : []),
  ];
  return keys.map((key) => limits.topologies[key]).find((obstacle) => obstacle !== undefined);
}

/** The axes of a lab beside its modes, without what cannot be had. */
interface Matrix {
  readonly targets: readonly LabTarget[];
  readonly nameOf: TargetName;
  readonly series: readonly SeriesName[];
  readonly services: readonly (number | undefined)[];
  readonly positions: readonly (Position | undefined)[];
}

/** A family with its scenarios and cells; nothing where only bridges would run. */
function fill(family: FamilyLimits, members: readonly Member[], matrix: Matrix): FamilyLayout[] {
  const rows = members.map((member) => {
    const measured = matrix.series.filter((name) => isMeasured(member.mode, name));
    const scenarios = (measured.length === 0 ? [] : scenariosOf(member.mode, matrix)).flatMap((scenario) => {
      const own = measured.filter((name) => isTimed(scenario.topology, name));
      return own.length === 0 ? [] : [{ scenario, cells: own.map((name) => ({ scenario: scenario.id, series: name })) }];
    });
    return {
      member,
      scenarios: scenarios.map(({ scenario }) => scenario),
      cells: scenarios.flatMap(({ cells }) => cells),
    };
  });
  const running = rows.filter((row) => row.cells.length > 0);
  if (running.every((row) => row.member.bridge)) return [];
  return [
    {
      family,
      members: running.map((row) => row.member),
      scenarios: running.flatMap((row) => row.scenarios),
      cells: running.flatMap((row) => row.cells),
    },
  ];
}

/** In userspace mode a process answers the SYN, so there is no first packet for the kernel to time (docs/method.md). */
const isMeasured = (mode: LabMode, series: SeriesName) => !(mode === 'userspace' && series === 'first-packet');

/** At an ingress as well: the controller's process answers, and the backend is not in the figure. */
const isTimed = (topology: Topology, series: SeriesName) => !(topology.entry === 'ingress' && series === 'first-packet');

function scenariosOf(mode: LabMode, matrix: Matrix): Scenario[] {
  return matrix.services.flatMap((services) =>
    matrix.targets.flatMap((target) =>
      // Fillers are ClusterIPs: nothing else has a position among them.
      (target.entry === 'cluster-ip' ? matrix.positions : [undefined]).map((position) => ({
        id: [mode, services, position, matrix.nameOf(target)].filter((part) => part !== undefined).join('/'),
        cluster: services === undefined ? mode : `${mode}-${services}`,
        mode,
        topology: topologyOf(target),
        vantage: target.from,
        ...(services === undefined ? {} : { services }),
        ...(position === undefined ? {} : { position }),
      })),
    ),
  );
}

/** How a target of a lab file is entered. */
export function topologyOf(target: LabTarget): Topology {
  const { entry, controller, replicas, tuning = 'fair' } = target;
  if (entry === 'pod') return { entry };
  if (entry === 'cluster-ip')
    return {
      entry,
      ...(target.internalTrafficPolicy === 'local' ? { internalTrafficPolicy: 'local' } : {}),
      ...affinityOf(target),
    };
  if (entry !== 'ingress') return exposureOf(entry, target);
  // The rules of a lab file have seen to it that both are there.
  const placement: Placement = replicas === undefined ? 'daemonset' : { replicas };
  return { entry, controller: controller!, placement, exposure: exposureOf(target.exposure!, target), tuning };
}

function exposureOf(entry: NonNullable<LabTarget['exposure']>, target: LabTarget): Exposure {
  const { trafficPolicy, announce } = target;
  if (entry === 'host-port') return { entry };
  const policies = { trafficPolicy, ...affinityOf(target) };
  return entry === 'node-port' ? { entry, ...policies } : { entry, announce: announce!, ...policies };
}

const affinityOf = ({ sessionAffinity }: LabTarget) =>
  sessionAffinity === 'client-ip' ? ({ sessionAffinity: 'client-ip' } as const) : {};

function ingressFirstPacket(targets: readonly LabTarget[], nameOf: TargetName, series: readonly SeriesName[]): Skip[] {
  if (!series.includes('first-packet')) return [];
  return targets
    .filter(({ entry }) => entry === 'ingress')
    .map((target) => ({
      code: 'series-of-target',
      target: nameOf(target),
      series: 'first-packet',
      because: { code: 'process-answers', who: 'ingress', newConnections: series.includes('new-connection') },
    }));
}

function userspaceFirstPacket(
  lab: Lab,
  homes: ReadonlyMap<FamilyLimits, readonly Member[]>,
  series: readonly SeriesName[],
): Skip[] {
  const runs = [...homes.values()].flat().some(({ mode }) => mode === 'userspace');
  if (!runs || !series.includes('first-packet')) return [];
  return [
    {
      code: 'series-of-mode',
      mode: 'userspace',
      series: 'first-packet',
      because: { code: 'process-answers', who: 'userspace', newConnections: lab.series.includes('new-connection') },
    },
  ];
}
