import { UsageError } from '../errors.ts';
import type { Plan, PlannedFamily } from '../lab/plan.ts';
import { plainLabel } from '../plain.ts';

/** @throws UsageError where a plan names a scenario or a cluster that it does not have, or has two of one name. */
export function refuseDangling(path: string, plan: Plan): void {
  const fault = repeated('family', plan.families) ?? plan.families.map(faultOf).find((one) => one !== undefined);
  if (fault === undefined) return;
  throw new UsageError(`${plainLabel(path)} is not valid: ${fault}`, {
    remedy: 'it was edited; the run is not readable without it',
  });
}

function faultOf({ clusters, scenarios, order }: PlannedFamily): string | undefined {
  const clusterIds = new Set(clusters.map(({ id }) => id));
  const scenarioIds = new Set(scenarios.map(({ id }) => id));
  const homeless = scenarios.find(({ cluster }) => !clusterIds.has(cluster));
  const unknown = order.flat().find(({ scenario }) => !scenarioIds.has(scenario));
  return (
    repeated('cluster', clusters) ??
    repeated('scenario', scenarios) ??
    (homeless && `scenario ${plainLabel(homeless.id)} is on cluster ${plainLabel(homeless.cluster)}, which is not in the plan`) ??
    (unknown && `a block has scenario ${plainLabel(unknown.scenario)}, which is not in the plan`)
  );
}

function repeated(what: string, all: readonly { readonly id: string }[]): string | undefined {
  const seen = new Set<string>();
  for (const { id } of all) {
    if (seen.has(id)) return `duplicate ${what} ${plainLabel(id)}`;
    seen.add(id);
  }
  return undefined;
}
