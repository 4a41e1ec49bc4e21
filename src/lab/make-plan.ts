import type { ClusterSpec } from '../cluster/contract/provider.ts';
import { announcementsOf } from '../cluster/contract/topology.ts';
import { estimateOf } from './estimate.ts';
import { type FamilyLayout, type Layout, proxyModeOf } from './layout.ts';
import { linkOf } from './link.ts';
import { seededRandom, shuffledBlocks } from './order.ts';
import type { Plan } from './plan.ts';

export interface PlanInput extends Pick<Plan, 'file' | 'provider' | 'keep' | 'reuse' | 'overrides' | 'seed'> {
  /** Version of trafficlab. */
  readonly version: string;
}

/** Plans a lab on a provider: its clusters, each block's order, and what is skipped and why. */
export function makePlan(layout: Layout, { version, ...input }: PlanInput): Plan {
  const { lab, limits, skips } = layout;
  const random = seededRandom(input.seed);
  const families = layout.families.map((family) => ({
    id: family.family.id,
    title: family.family.title,
    clusters: clustersOf(layout, input.provider.name, family),
    scenarios: family.scenarios,
    order: shuffledBlocks(family.cells, lab.blocks, random),
  }));
  return {
    format: 2,
    trafficlab: version,
    lab,
    ...input,
    families,
    skips,
    estimate: estimateOf(lab, limits, families),
  };
}

/** One cluster for each that the scenarios name, in their order. */
function clustersOf({ lab, limits }: Layout, provider: string, { family, scenarios }: FamilyLayout): ClusterSpec[] {
  const link = linkOf(lab, limits);
  const announced = announcementsOf(scenarios.map(({ topology }) => topology));
  const firsts = new Map(scenarios.toReversed().map((scenario) => [scenario.cluster, scenario]));
  return [...firsts.values()].toReversed().map(({ cluster, mode, services }) => ({
    id: cluster,
    provider,
    workers: lab.cluster.workers,
    proxyMode: proxyModeOf(mode),
    ...(mode === 'iptables-legacy' ? { iptablesBackend: 'legacy' as const } : {}),
    ...(mode === 'iptables-nft' ? { iptablesBackend: 'nf_tables' as const } : {}),
    ...(family.version === undefined ? {} : { version: family.version }),
    ...(services === undefined ? {} : { fillerServices: services - 1 }), // the workload's own Service is one of them
    ...(link ? { link } : {}),
    ...(lab.cluster.addressPool === undefined ? {} : { addressPool: lab.cluster.addressPool }),
    ...(lab.cluster.routerNetwork === undefined ? {} : { routerNetwork: lab.cluster.routerNetwork }),
    ...(lab.cluster.bgpPool === undefined ? {} : { bgpPool: lab.cluster.bgpPool }),
    ...(announced.length ? { announcements: announced } : {}),
  }));
}
