import { fileURLToPath } from 'node:url';
import type { ClusterProvider, Limits } from '../cluster/provider.ts';
import { exitCode, InterruptedError, ProofError, type TrafficlabError } from '../errors.ts';
import { exec } from '../exec.ts';
import type { Plan } from '../lab/plan.ts';
import { type RunOptions, runFamily } from '../run/run-family.ts';

/**
 * Runs every family of a plan, one after another: here, or where the provider encloses a family (a sandbox, another kernel) as the
 * command `run` inside of that. The results folder is all that the two share. A family that fails does not stop the others.
 * @throws the first error, when all families have had their turn; at once when interrupted.
 */
export async function runPlan(
  plan: Plan,
  { provider, limits }: { provider: ClusterProvider; limits: Limits },
  options: RunOptions,
): Promise<void> {
  const errors: unknown[] = [];
  for (const family of plan.families) {
    const limit = limits.families.find(({ id }) => id === family.id);
    const prefix = limit && (await provider.enclosure?.(limit));
    try {
      if (prefix) await runEnclosed(prefix, family.id, options);
      else await runFamily(plan, family, provider, options);
    } catch (error) {
      if (error instanceof InterruptedError || options.signal.aborted) throw error;
      errors.push(error);
    }
  }
  if (errors.length) throw errors[0];
}

const command = fileURLToPath(new URL('../scripts/trafficlab.mjs', import.meta.url));

async function runEnclosed(prefix: readonly string[], family: string, { directory, keep, reuse }: RunOptions): Promise<void> {
  const flags = [...(keep ? ['--keep'] : []), ...(reuse ? ['--reuse'] : [])];
  const inside = [process.execPath, command, 'run', directory, '--family', family, ...flags];
  const { exitCode: code } = await exec([...prefix, ...inside], { inherit: true, accept: 'any' });
  if (code === exitCode.interrupted) throw new InterruptedError('stopped; what was measured is kept');
  if (code !== exitCode.ok) throw failure(family, code, directory);
}

const failure = (family: string, code: number, directory: string): TrafficlabError =>
  new ProofError(`family ${family} ended with exit code ${code}`, {
    remedy: `what it said is above; what it measured is in ${directory}`,
  });
