import type { Cluster, ClusterProvider, RunContext } from '../cluster/contract/provider.ts';
import {
  addSuppressed,
  afterFailure,
  errorText,
  firstError,
  InterruptedError,
  ProofError,
  suppressedErrors,
  throwFailures,
} from '../errors.ts';
import { makeFolderIn } from '../files/write-file.ts';
import type { Plan, PlannedFamily } from '../lab/plan.ts';
import type { Progress } from '../progress/progress.ts';
import { addFacts } from '../results/facts.ts';
import { factsKey } from '../results/run.ts';
import { inParallel } from '../waiting/in-parallel.ts';
import { problemText } from '../words/problem.ts';
import { runBlocks } from './blocks.ts';
import type { FamilyRun } from './family-run.ts';
import { type Recorder, recorder } from './recorder.ts';
import { sessionPool } from './sessions.ts';
import { proveStill, setStage } from './stage.ts';
import { stageFacts } from './stage-facts.ts';
import { warmUp } from './warm-up.ts';

export interface RunOptions {
  /** The results folder of the run, with its plan.json. */
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * Runs one family of a plan: clusters that are alive together, proofs, then block after block; each cell is on disk when it is done.
 * The clusters are gone when this returns or throws.
 * @throws ProofError when something could not be proven (what could be was measured); InterruptedError when the signal fired.
 */
export async function runFamily(
  plan: Plan,
  family: PlannedFamily,
  provider: ClusterProvider,
  options: RunOptions,
): Promise<void> {
  const log = recorder(options.directory, family.id);
  const context = runContext(plan, options, log);
  const clusters: Cluster[] = [];
  try {
    await provider.preflight?.(family.clusters);
    for (const spec of family.clusters) clusters.push(await provider.create(spec, context));
    await measure({ plan, family, log, context }, clusters);
  } catch (thrown) {
    const error = firstError(thrown);
    const interrupted = options.signal.aborted || error instanceof InterruptedError;
    if (!interrupted) await keepLogs(clusters, context);
    await afterFailure(error, () => takeDown(clusters, context));
    await afterFailure(error, () =>
      log.record({
        type: 'end',
        family: family.id,
        outcome: interrupted ? 'interrupted' : 'failed',
        message: errorText(error),
      }),
    );
    throw interrupted ? stopped(options.directory, error) : error;
  }
  // What was measured is whole, whether or not deleting the clusters succeeds; `clean` finds what is left.
  const [down] = await Promise.allSettled([takeDown(clusters, context)]);
  const failures = [...new Set(log.unproven.map(problemText))];
  const message = `not proven, so no figures: ${failures.join('; ')}`;
  await log.record({
    type: 'end',
    family: family.id,
    ...(failures.length ? { outcome: 'failed' as const, message } : { outcome: 'complete' as const }),
  });
  const proof = failures.length ? new ProofError(message, { remedy: `the evidence is in ${options.directory}` }) : undefined;
  throwFailures([...(proof ? [{ status: 'rejected' as const, reason: proof }] : []), down]);
}

/** The interruption itself says where to read on; what failed while the clusters were deleted is added to it. */
function stopped(directory: string, error: unknown): InterruptedError {
  const stop = new InterruptedError('stopped; measured results are kept', { remedy: `read it: npm run compare ${directory}` });
  for (const other of suppressedErrors(error)) addSuppressed(stop, other);
  return stop;
}

async function measure(begun: Omit<FamilyRun, 'sessions'>, clusters: readonly Cluster[]): Promise<void> {
  const { family, context } = begun;
  await using sessions = sessionPool(context.signal);
  const run: FamilyRun = { ...begun, sessions };
  for (const { spec, facts } of clusters)
    await addFacts(context.directory, { clusters: { [factsKey(family.id, spec.id)]: facts } });
  // Clusters know nothing of one another, and setting one up is mostly waiting; nothing is measured yet.
  const stages = await context.progress.step(
    `${clusters.map(({ spec }) => spec.id).join(', ')}: pods, Services and proofs`,
    (step) => inParallel(clusters, (cluster) => setStage({ ...run, context: { ...context, progress: step.inner } }, cluster)),
  );
  for (const stage of stages)
    await addFacts(context.directory, { clusters: { [factsKey(family.id, stage.cluster.spec.id)]: stageFacts(stage) } });
  await warmUp(run, stages);
  await runBlocks(run, stages);
  await inParallel(
    stages.filter(({ measurable }) => measurable.size > 0),
    (stage) => proveStill(run, stage),
  );
}

function runContext(
  { keep = false, reuse = false }: Plan,
  { directory, signal, progress }: RunOptions,
  log: Recorder,
): RunContext {
  const phase: RunContext['phase'] = async (name, work) => {
    const start = performance.now();
    const value = await work();
    await log.record({ type: 'phase', name, durationMs: performance.now() - start });
    return value;
  };
  return { directory, signal, progress, keep, reuse, phase };
}

async function takeDown(clusters: Cluster[], context: RunContext): Promise<void> {
  if (!clusters.length) return;
  const down = clusters.splice(0);
  await context.phase('delete', () =>
    context.progress.step(
      `${context.keep ? 'clusters kept:' : 'deleting clusters'} ${down.map(({ spec }) => spec.id).join(', ')}`,
      async () => {
        throwFailures(await Promise.allSettled(down.map((cluster) => cluster[Symbol.asyncDispose]())));
      },
    ),
  );
}

async function keepLogs(clusters: readonly Cluster[], { directory, progress }: RunContext): Promise<void> {
  for (const cluster of clusters)
    await makeFolderIn(directory, 'logs')
      .then((folder) => cluster.collectLogs(folder))
      .catch((error: Error) => progress.note(`no logs of ${cluster.spec.id}: ${error.message}`));
}
