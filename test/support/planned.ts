import type { Limits } from '../../src/cluster/contract/provider.ts';
import { makePlan, type PlanInput } from '../../src/lab/make-plan.ts';
import type { Plan } from '../../src/lab/plan.ts';
import { runnable } from '../../src/lab/runnable.ts';
import type { Lab } from '../../src/lab/schema.ts';

interface Input extends Partial<Omit<PlanInput, 'provider'>> {
  readonly provider?: Partial<PlanInput['provider']>;
}

/** The plan of a lab on a provider with these limits, which has to be able to run it. */
export function planned(lab: Lab, limits: Limits, { provider, ...input }: Input = {}): Plan {
  const found = runnable(lab, limits);
  if ('obstacle' in found) throw new Error(found.obstacle.reason);
  return makePlan(found.layout, {
    provider: { name: 'fake', reason: 'a test', options: {}, ...provider },
    overrides: {},
    seed: 1,
    version: '0.1.0',
    ...input,
  });
}
