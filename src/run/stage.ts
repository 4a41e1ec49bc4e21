import type { Deployment, Target } from '../cluster/contract/deployment.ts';
import type { Cluster, Detected, ProxyMode } from '../cluster/contract/provider.ts';
import type { Topology } from '../cluster/contract/topology.ts';
import type { Scenario } from '../lab/plan.ts';
import { provePath } from '../probe/prove-path.ts';
import { proveRules } from '../probe/prove-rules.ts';
import { type Look, nothingSeen } from '../proof/look.ts';
import type { FamilyRun } from './family-run.ts';

/** A cluster with its workload, and the targets whose path nothing contradicts. A scenario without one gets no figure. */
export interface Stage {
  readonly cluster: Cluster;
  readonly deployment: Deployment;
  readonly measurable: ReadonlyMap<string, Target>;
  /** As the proof of the mode found it. */
  readonly mode?: Detected<ProxyMode>;
}

/** Deploys the workload on a cluster and proves its mode (while the pods start), the Services' rules on every node and each path. */
export async function setStage(run: FamilyRun, cluster: Cluster): Promise<Stage> {
  const { plan, family, context } = run;
  const { id } = cluster.spec;
  const scenarios = family.scenarios.filter((scenario) => scenario.cluster === id);
  const proving = cluster.proveMode();
  proving.catch(() => {}); // thrown when it is awaited, below
  const deployment = await context.phase(`deploy ${id}`, () =>
    context.progress.step(`${id}: ${plan.lab.workload.replicas} echo pods and their Services`, () =>
      cluster.deploy(plan.lab.workload, topologiesOf(scenarios), context),
    ),
  );
  const modeProof = await proving;
  const modeStands = await recordClusterProof(run, 'mode', id, modeProof);
  const mode = modeProof.detected ? { mode: modeProof.detected } : {};
  return context.progress.step(`${id}: proofs of mode, rules and paths`, async (step) => {
    const measurable = new Map<string, Target>();
    const rulesStand = modeStands && (await proveAndRecordRules(run, { cluster, deployment, measurable }));
    if (!rulesStand) return { cluster, deployment, measurable, ...mode };
    for (const scenario of scenarios) {
      step.update(scenario.id);
      const target = findTarget(deployment, scenario);
      if (!target) await recordNoTarget(run, cluster, scenario);
      else if (await recordPath(run, cluster, deployment, scenario, target)) measurable.set(scenario.id, target);
    }
    return { cluster, deployment, measurable, ...mode };
  });
}

/**
 * Proves rules and ways in once more: what was measured in between is only as good as what still stands. A leader may have moved, a BGP
 * session or a proxy may have died, and requests succeed all the same.
 */
export async function proveStill(run: FamilyRun, stage: Stage): Promise<void> {
  const { cluster, deployment, measurable } = stage;
  await proveAndRecordRules(run, stage);
  for (const scenario of run.family.scenarios) {
    const target = measurable.get(scenario.id);
    const { entry } = scenario.topology;
    if (target && entry !== 'pod' && entry !== 'cluster-ip' && entry !== 'node-port')
      await recordPath(run, cluster, deployment, scenario, target);
  }
}

/** Proves the rules on every node. */
async function proveAndRecordRules(run: FamilyRun, { cluster, deployment }: Stage): Promise<boolean> {
  const proof = await proveRules(nodesOf(cluster), cluster.spec.proxyMode, deployment, run.sessions.get);
  return recordClusterProof(run, 'rules', cluster.spec.id, proof);
}

/** Records a proof; answers whether nothing contradicts it, as where it could not be looked at. */
async function recordClusterProof({ log }: FamilyRun, subject: 'mode' | 'rules', cluster: string, proof: Look): Promise<boolean> {
  await log.record({ type: 'proof', subject, cluster, ...outcomeOf(proof) });
  return proof.problems.length === 0;
}

async function recordPath(
  { log, sessions }: FamilyRun,
  cluster: Cluster,
  deployment: Deployment,
  scenario: Scenario,
  target: Target,
): Promise<boolean> {
  const proof = await provePath(nodesOf(cluster), cluster.spec.proxyMode, deployment, target, sessions.get);
  const { hops, nodes, objects, endpoints, clientAddress } = proof;
  await log.record({
    ...pathOf(cluster, scenario),
    hops,
    nodes,
    ...(clientAddress ? { clientAddress } : {}),
    objects,
    endpoints,
    ...outcomeOf(proof),
  });
  return proof.problems.length === 0;
}

const recordNoTarget = ({ log }: FamilyRun, cluster: Cluster, scenario: Scenario): Promise<void> => {
  const look = { ...nothingSeen, problems: [{ code: 'no-target', scenario: scenario.id } as const] };
  return log.record({ ...pathOf(cluster, scenario), ...outcomeOf(look) });
};

const pathOf = ({ spec }: Cluster, { id }: Scenario) =>
  ({ type: 'proof', subject: 'path', cluster: spec.id, scenario: id }) as const;

/** What could not be looked at is neither proven nor refuted. */
const outcomeOf = ({ evidence, problems, unobserved }: Look) => ({
  proven: problems.length + unobserved.length === 0,
  evidence,
  problems,
  unobserved,
});

const nodesOf = (cluster: Cluster) => cluster.hosts.filter(({ role }) => role === 'control-plane' || role === 'worker');

function topologiesOf(scenarios: readonly Scenario[]): Topology[] {
  const distinct = new Map(scenarios.map(({ topology }) => [JSON.stringify(topology), topology]));
  return [...distinct.values()];
}

/** The target that a scenario means: same entry, same vantage, same position among the rules. */
function findTarget({ targets }: Deployment, { topology, vantage, position }: Scenario): Target | undefined {
  const wanted = JSON.stringify(topology);
  return targets.find(
    (target) => JSON.stringify(target.topology) === wanted && target.vantage === vantage && target.position === position,
  );
}
