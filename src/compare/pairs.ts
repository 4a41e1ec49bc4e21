import { tuningOf } from '../cluster/contract/topology.ts';
import type { LabMode } from '../lab/schema.ts';
import type { Cell } from './cell.ts';
import { isIptables } from './names.ts';

/**
 * Why two cells stand against each other: what entering costs, the mode, the place in the rules, the number of Services, the ingress
 * controller, how it is exposed, how its proxies are set, the hop before.
 */
export type PairKind = 'pod' | 'reference' | 'position' | 'services' | 'controller' | 'exposure' | 'tuning' | 'hop';

export interface CellPair {
  readonly kind: PairKind;
  readonly cell: Cell;
  readonly against: Cell;
}

/** Whom each cell of one family and series is compared with. @param hops the lab's targets are hops of one way, in their order. */
export function pairsOf(cells: readonly Cell[], { reference, hops = false }: Compared): CellPair[] {
  const references = referenceCells(cells, reference);
  return cells.flatMap((cell) => [
    ...(hops ? hopPair(cell, cells) : podPair(cell, cells)),
    ...referencePairs(cell, references),
    ...(hops ? [] : [...controllerPair(cell, cells), ...exposurePair(cell, cells), ...tuningPair(cell, cells)]),
    ...positionPair(cell, cells),
    ...servicesPair(cell, cells),
  ]);
}

export interface Compared {
  readonly reference?: LabMode | undefined;
  readonly hops?: boolean | undefined;
}

/** The hop before on the same cluster. */
function hopPair(cell: Cell, cells: readonly Cell[]): CellPair[] {
  const way = cells.filter(({ scenario }) => scenario.cluster === cell.scenario.cluster);
  const against = way[way.indexOf(cell) - 1];
  return against ? [{ kind: 'hop', cell, against }] : [];
}

/** Another controller, placed and exposed alike: the first of the lab. */
function controllerPair(cell: Cell, cells: readonly Cell[]): CellPair[] {
  const against = cells.find((other) => isIngress(other) && alikeBut(cell, other, 'controller'));
  return against && against !== cell ? [{ kind: 'controller', cell, against }] : [];
}

/** The same controller exposed in another way: the first of the lab. */
function exposurePair(cell: Cell, cells: readonly Cell[]): CellPair[] {
  const against = cells.find((other) => isIngress(other) && alikeBut(cell, other, 'exposure'));
  return against && against !== cell ? [{ kind: 'exposure', cell, against }] : [];
}

/** The same controller exposed alike, its proxies as they ship: against those that are set for a fair comparison. */
function tuningPair(cell: Cell, cells: readonly Cell[]): CellPair[] {
  if (tuningOf(cell.scenario.topology) !== 'defaults') return [];
  const against = cells.find((other) => tuningOf(other.scenario.topology) === 'fair' && alikeBut(cell, other, 'tuning'));
  return against ? [{ kind: 'tuning', cell, against }] : [];
}

const isIngress = ({ scenario }: Cell): boolean => scenario.topology.entry === 'ingress';

function alikeBut(one: Cell, other: Cell, factor: 'controller' | 'exposure' | 'tuning'): boolean {
  const rest = ({ scenario: { cluster, topology, vantage } }: Cell) =>
    JSON.stringify([cluster, vantage, { ...topology, [factor]: undefined }]);
  return isIngress(one) && rest(one) === rest(other);
}

/** The direct way to the pod on the same cluster, from where the client stands: from elsewhere it differs in more than what is entered. */
function podPair(cell: Cell, cells: readonly Cell[]): CellPair[] {
  if (cell.scenario.topology.entry === 'pod') return [];
  const against = cells.find(
    ({ scenario }) =>
      scenario.topology.entry === 'pod' &&
      scenario.vantage === cell.scenario.vantage &&
      scenario.cluster === cell.scenario.cluster &&
      equalOrAbsent(scenario.services, cell.scenario.services) &&
      equalOrAbsent(scenario.position, cell.scenario.position),
  );
  return against ? [{ kind: 'pod', cell, against }] : [];
}

const equalOrAbsent = <T>(one: T | undefined, other: T | undefined) => one === undefined || other === undefined || one === other;

/**
 * The cells of the reference mode. `iptables` stands for every backend that the family holds. A family that lacks the very mode
 * falls back on its iptables, and a lab that names none on iptables too, else on its first mode; a single mode has no reference.
 */
function referenceCells(cells: readonly Cell[], reference: LabMode | undefined): Cell[] {
  const wanted =
    reference === undefined
      ? []
      : cells.filter(({ scenario }) => (reference === 'iptables' ? isIptables(scenario.mode) : scenario.mode === reference));
  if (wanted.length > 0) return wanted;
  const iptables = cells.filter(({ scenario }) => isIptables(scenario.mode));
  if (iptables.length > 0) return iptables;
  return reference === undefined ? cells.filter(({ scenario }) => scenario.mode === cells[0]?.scenario.mode) : [];
}

function referencePairs(cell: Cell, references: readonly Cell[]): CellPair[] {
  const own = references.findIndex(({ scenario }) => scenario.mode === cell.scenario.mode);
  // Two backends of the reference are compared once, the later against the earlier, not a second time the other way round.
  const earlier = own === -1 ? references : references.slice(0, own);
  return earlier
    .filter((against) => against.scenario.mode !== cell.scenario.mode && against.place === cell.place)
    .map((against) => ({ kind: 'reference', cell, against }));
}

/** Deeper in the rules against first, in the same rules. */
function positionPair(cell: Cell, cells: readonly Cell[]): CellPair[] {
  if (cell.scenario.position === undefined || cell.scenario.position === 'first') return [];
  const against = cells.find((other) => other.scenario.position === 'first' && sameBut(cell, other, 'position'));
  return against ? [{ kind: 'position', cell, against }] : [];
}

/** More Services against the fewest. The pod's own address is in no rule, so more Services are no question there. */
function servicesPair(cell: Cell, cells: readonly Cell[]): CellPair[] {
  if (cell.scenario.services === undefined || cell.scenario.topology.entry === 'pod') return [];
  const alike = cells.filter((other) => other.scenario.services !== undefined && sameBut(cell, other, 'services'));
  const against = alike.reduce((fewest, other) => (other.scenario.services! < fewest.scenario.services! ? other : fewest), cell);
  return against === cell ? [] : [{ kind: 'services', cell, against }];
}

function sameBut(one: Cell, other: Cell, factor: 'position' | 'services'): boolean {
  const rest = ({ scenario }: Cell) =>
    JSON.stringify([
      scenario.mode,
      scenario.topology,
      scenario.vantage,
      factor === 'services' ? undefined : scenario.services,
      factor === 'position' ? undefined : scenario.position,
    ]);
  return rest(one) === rest(other);
}
