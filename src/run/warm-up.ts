import type { RunContext, Target } from '../cluster/provider.ts';
import type { Lab } from '../lab/schema.ts';
import type { SessionPool } from './sessions.ts';
import type { Stage } from './stage.ts';

/** Long enough for V8 to have compiled what a generator and an echo server do over and over. */
const WARM_UP_MS = 300;

/**
 * Sends load once to every proven target in each load series and discards it: a generator's and a server's first requests run
 * uncompiled, and would make the first block stick out.
 */
export async function warmUp(lab: Lab, stages: readonly Stage[], sessions: SessionPool, context: RunContext): Promise<void> {
  const kinds = lab.series.filter((series) => series !== 'first-packet');
  const targets = [...new Set(stages.flatMap(({ proven }) => [...proven.values()]))];
  const { connections, maxRequests, timeout } = lab.load;
  const warm = async ({ from, url, alternates }: Target): Promise<void> => {
    const session = await sessions.get(from);
    for (const kind of kinds)
      await session.run({
        kind,
        url,
        ...(alternates ? { alternates } : {}),
        connections,
        maxRequests,
        warmupMs: 0,
        durationMs: WARM_UP_MS,
        timeoutMs: timeout * 1000,
      });
  };
  await context.phase('warm-up', () =>
    context.progress.step('generators and servers warmed up', async () => {
      for (const target of targets) await warm(target);
    }),
  );
}
