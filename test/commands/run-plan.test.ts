import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runPlan } from '../../src/commands/run-plan.ts';
import { errorText, InterruptedError } from '../../src/errors.ts';
import type { Plan } from '../../src/lab/plan.ts';
import { parseLab } from '../../src/lab/read-lab.ts';
import { silentProgress } from '../../src/progress/silent-progress.ts';
import { createRunDirectory } from '../../src/results/directory.ts';
import { readRun } from '../../src/results/read.ts';
import { fakeLimits, fakeProvider } from '../fakes/provider.ts';
import { planned } from '../support/planned.ts';

const lab = parseLab('question: Q?\nproxyModes: [iptables]\ntargets: [{ entry: pod }]\nblocks: 1\n', 'fake.yaml');
const single = planned(lab, fakeLimits);
const [only] = single.families;
/** Two families, the clusters of each by names of its own. */
const plan: Plan = {
  ...single,
  families: ['first', 'second'].map((id) => ({
    ...only!,
    id,
    clusters: only!.clusters.map((spec) => ({ ...spec, id: `${id}-${spec.id}` })),
    scenarios: only!.scenarios.map((scenario) => ({ ...scenario, cluster: `${id}-${scenario.cluster}` })),
  })),
};

async function failing(faults: Parameters<typeof fakeProvider>[0], signal = new AbortController().signal) {
  const results = await mkdtemp(join(tmpdir(), 'trafficlab-run-plan-'));
  try {
    const directory = await createRunDirectory(results, plan, new Date());
    const options = {
      directory,
      signal,
      progress: silentProgress,
      quiet: true,
      json: false,
      began: 0,
    };
    const error = await runPlan(plan, fakeProvider(faults), fakeLimits, options).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    return { error, ends: (await readRun(directory)).ends };
  } finally {
    await rm(results, { recursive: true });
  }
}

test("cases 9.9: every family's error is told, the first one first", async () => {
  const { error, ends } = await failing({
    'first-iptables-legacy': { create: 'no room for it' },
    'second-iptables-legacy': { create: 'no name for it' },
  });
  expect(errorText(error)).toBe('no room for it. Also: no name for it');
  expect(ends.map(({ family, outcome }) => [family, outcome])).toEqual([
    ['first', 'failed'],
    ['second', 'failed'],
  ]);
});

test('an interruption ends all families, and decides the exit code', async () => {
  const { error, ends } = await failing({ 'first-iptables-legacy': { create: 'no room for it' } }, AbortSignal.abort());
  expect(error).toBeInstanceOf(InterruptedError);
  expect(ends).toHaveLength(1);
});
