import { fileURLToPath } from 'node:url';
import type { ClusterProvider, Limits } from '../cluster/contract/provider.ts';
import { stopEnclosed } from '../cluster/fabric/stop-enclosed.ts';
import {
  exitCode,
  firstError,
  InterruptedError,
  ProofError,
  type TrafficlabError,
  throwFailures,
  UnavailableError,
} from '../errors.ts';
import type { Plan } from '../lab/plan.ts';
import { argumentsOf } from '../options/arguments.ts';
import { exec } from '../process/exec.ts';
import { appendRecord } from '../results/append.ts';
import { readRun } from '../results/read.ts';
import { outcomeOf } from '../results/run.ts';
import { type RunOptions, runFamily } from '../run/run-family.ts';
import { obstacleWords } from '../words/obstacle.ts';

export interface RunPlanOptions extends RunOptions {
  /** How progress is shown, by the enclosed command too. */
  readonly quiet: boolean;
  readonly json: boolean;
  readonly began: number;
}

/**
 * Runs every family of a plan, one after another: here, or where the provider encloses a family (a sandbox, another kernel) as the
 * command `run` inside of that. The results folder, with the plan in it, is all that the two share. A family that fails does not stop the others.
 * @throws the first error, with those of the other families added to it, when all have had their turn; at once when interrupted.
 */
export async function runPlan(plan: Plan, provider: ClusterProvider, limits: Limits, options: RunPlanOptions): Promise<void> {
  const ended: PromiseSettledResult<void>[] = [];
  for (const family of plan.families) {
    const limit = limits.families.find(({ id }) => id === family.id);
    try {
      const prefix = limit && (await provider.enclosure?.(limit));
      if (prefix && 'code' in prefix) {
        const { reason, ...details } = obstacleWords(prefix);
        throw new UnavailableError(reason, details);
      }
      if (prefix) await runEnclosed(prefix, family.id, options);
      else await runFamily(plan, family, provider, options);
    } catch (thrown) {
      const error = firstError(thrown);
      ended.push({ status: 'rejected', reason: error });
      if (error instanceof InterruptedError || options.signal.aborted) break;
    }
  }
  // An interruption decides the exit code, whatever failed before it.
  throwFailures(ended.toSorted((a, b) => Number(isInterruption(b)) - Number(isInterruption(a))));
}

const isInterruption = (one: PromiseSettledResult<void>): boolean =>
  one.status === 'rejected' && one.reason instanceof InterruptedError;

// From dist/, where this file is a part of the bundle.
const command = fileURLToPath(new URL('../scripts/trafficlab.mjs', import.meta.url));

async function runEnclosed(
  prefix: readonly string[],
  family: string,
  { directory, quiet, json, began, signal }: RunPlanOptions,
): Promise<void> {
  const inside = [process.execPath, command, 'run', directory, ...argumentsOf({ family, quiet, json, began }).flat()];
  using stop = stopEnclosed(signal);
  const ending = await exec([...prefix, ...inside], { inherit: true, accept: 'any', signal: stop.signal }).catch(
    (error: unknown) => error,
  );
  const killed = ending instanceof Error ? ending.message : undefined;
  const code = killed === undefined ? (ending as { exitCode: number }).exitCode : exitCode.failed;
  const interrupted = signal.aborted || code === exitCode.interrupted;
  if (code !== exitCode.ok) await endFamily(directory, family, interrupted, killed);
  if (interrupted)
    throw new InterruptedError('stopped; measured results are kept', { remedy: `read it: npm run compare ${directory}` });
  if (code === exitCode.unavailable)
    throw new UnavailableError(`family ${family} cannot run here`, { remedy: 'see the reason above' });
  if (code !== exitCode.ok) throw failure(family, killed ?? `exit code ${code}`, directory);
}

/** A family whose process was killed could not say how it ended. */
async function endFamily(directory: string, family: string, interrupted: boolean, killed: string | undefined): Promise<void> {
  if (outcomeOf(await readRun(directory), family).outcome !== 'died') return;
  const outcome = interrupted ? 'interrupted' : 'failed';
  await appendRecord(directory, {
    type: 'end',
    at: new Date().toISOString(),
    family,
    outcome,
    message: killed ?? 'its process was killed',
  });
}

const failure = (family: string, how: string, directory: string): TrafficlabError =>
  new ProofError(`family ${family} failed: ${how}`, {
    remedy: `its output is above; its results are in ${directory}`,
  });
