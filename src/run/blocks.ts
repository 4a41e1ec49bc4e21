import type { RunContext } from '../cluster/provider.ts';
import { InterruptedError } from '../errors.ts';
import type { Plan, PlannedFamily } from '../lab/plan.ts';
import { measureCell } from './measure-cell.ts';
import type { Recorder } from './recorder.ts';
import type { SessionPool } from './sessions.ts';
import type { Stage } from './stage.ts';

/** Runs every block of a family in the planned order; cells whose path is not proven are left out. */
export async function runBlocks(
  plan: Plan,
  family: PlannedFamily,
  stages: readonly Stage[],
  sessions: SessionPool,
  context: RunContext,
  log: Recorder,
): Promise<void> {
  const scenarios = new Map(family.scenarios.map((scenario) => [scenario.id, scenario]));
  for (const [block, order] of family.order.entries()) {
    await context.progress.step(`block ${block + 1} of ${family.order.length}`, async (step) => {
      for (const { scenario: id, series } of order) {
        if (context.signal.aborted) throw new InterruptedError('stopped between two windows');
        const scenario = scenarios.get(id);
        const stage = stages.find(({ cluster }) => cluster.spec.id === scenario?.cluster);
        const target = stage?.proven.get(id);
        if (!stage || !target) continue;
        step.update(`${id}, ${series}`);
        const measured = await measureCell(plan.lab, target, series, await sessions.get(target.from), stage.cluster);
        await log.record({
          type: 'cell',
          family: family.id,
          cluster: stage.cluster.spec.id,
          block,
          scenario: id,
          ...measured,
        });
      }
    });
  }
}
