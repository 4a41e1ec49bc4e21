import type { Target } from '../cluster/contract/deployment.ts';
import type { Host } from '../cluster/contract/host.ts';
import { isLoadSeries, seriesTable } from '../lab/series.ts';
import { loadRequest } from '../probe/measure-load.ts';
import { inParallel } from '../waiting/in-parallel.ts';
import type { FamilyRun } from './family-run.ts';
import type { Stage } from './stage.ts';

/** However few of a series' `warmUpRequests` that were: where everything is slow, a run is not to be all warm-up. */
const LONGEST_MS = 500;

/**
 * Sends load once to every measurable target in each load series and discards it: a generator's and a server's first requests run
 * uncompiled, and would make the first block stick out. Generators are processes of their own, so as many work at once as there are
 * processors: nothing is measured yet.
 */
export async function warmUp({ plan: { lab }, sessions, context }: FamilyRun, stages: readonly Stage[]): Promise<void> {
  const series = lab.series.filter(isLoadSeries);
  const targets = [...new Set(stages.flatMap(({ measurable }) => [...measurable.values()]))];
  const generators = [...new Set(targets.flatMap(({ from }) => from))].map(
    (host) => [host, targets.filter(({ from }) => from.includes(host))] as const,
  );
  const warm = async ([host, reached]: readonly [Host, readonly Target[]]): Promise<void> => {
    const session = await sessions.get(host);
    for (const one of series)
      for (const target of reached)
        await session.run(
          loadRequest(target, one, {
            connections: lab.load.connections,
            maxRequests: Math.min(lab.load.maxRequests, Math.ceil(seriesTable[one].warmUpRequests / reached.length)),
            warmupMs: 0,
            durationMs: LONGEST_MS / reached.length,
            timeoutMs: lab.load.timeout * 1000,
          }),
        );
  };
  await context.phase('warm-up', () =>
    context.progress.step('generators and servers warmed up', async () => {
      await inParallel(generators, warm);
    }),
  );
}
