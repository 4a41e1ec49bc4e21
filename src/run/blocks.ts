import { InterruptedError } from '../errors.ts';
import type { Measured } from '../probe/measure-load.ts';
import { errorsOf } from '../results/run.ts';
import type { FamilyRun } from './family-run.ts';
import { measureCell } from './measure-cell.ts';
import type { Stage } from './stage.ts';

/** Runs every block of a family in the planned order; cells without a measurable target are left out. */
export async function runBlocks(run: FamilyRun, stages: readonly Stage[]): Promise<void> {
  const { family, context } = run;
  const scenarios = new Map(family.scenarios.map((scenario) => [scenario.id, scenario]));
  const began = performance.now();
  const placeOf = (id: string) => {
    const cluster = scenarios.get(id)?.cluster;
    const stage = stages.find((one) => one.cluster.spec.id === cluster);
    const target = stage?.measurable.get(id);
    return stage && target && { stage, target };
  };
  // A cell without a measurable target takes no time: counted, it would make the rest look shorter.
  const windows = family.order.flat().filter(({ scenario }) => placeOf(scenario)).length;
  let ended = 0;
  const newest = new Map<string, ReturnType<typeof figuresOf>>();
  const secondsLeft = () =>
    ended === 0 ? {} : { secondsLeft: Math.ceil(((performance.now() - began) / ended / 1000) * (windows - ended)) };
  for (const [block, order] of family.order.entries()) {
    await context.progress.step(
      `block ${block + 1} of ${family.order.length}`,
      async (step) => {
        for (const [index, { scenario: id, series }] of order.entries()) {
          if (context.signal.aborted) throw new InterruptedError('stopped between two windows');
          const place = placeOf(id);
          if (!place) continue;
          const { stage, target } = place;
          const at = { block: block + 1, blocks: family.order.length, cell: index + 1, cells: order.length };
          const cell = { family: family.id, scenario: id, series, ...at };
          const key = `${id} ${series}`;
          step.cell({ ...cell, ...newest.get(key), state: 'measuring', ...secondsLeft() });
          const measured = await measureCell(run, target, series, stage.cluster);
          await run.log.record({
            type: 'cell',
            family: family.id,
            cluster: stage.cluster.spec.id,
            block,
            scenario: id,
            ...measured,
          });
          ended += 1;
          newest.set(key, figuresOf(measured));
          step.cell({ ...cell, ...newest.get(key), state: 'measured', ...secondsLeft() });
        }
        if (ended < windows) step.update(`about ${secondsLeft().secondsLeft} s left`);
      },
      { still: true },
    );
  }
}

const figuresOf = (measured: Measured) => ({
  rate: measured.ratePerSecond,
  p50: measured.latencyUs.p50,
  p99: measured.latencyUs.p99,
  errors: errorsOf(measured),
});
