import { describe, expect, test } from 'vitest';
import { readRun } from '../../../src/results/read.ts';
import { containersOf, obstacle, onlyRun, realMachine } from './real-machine.ts';

const SERIES = 2;
const BLOCKS = 6; // the fewest that a verdict needs

describe.skipIf(obstacle !== undefined)(`labs on real three-node clusters${obstacle ? ` (skipped: ${obstacle})` : ''}`, () => {
  test.each([
    ['iptables', ['iptables'], 5],
    ['proxy-modes', ['iptables', 'nftables'], 3],
  ])('lab %s ends in a table with verdicts, exit code 0, and nothing stays', async (lab, modes, targets) => {
    await using machine = await realMachine();
    const running = machine.trafficlab(['lab', lab, '--provider', 'kind', '--blocks', String(BLOCKS)]);
    const { exitCode, stdout, stderr } = await running;
    expect(exitCode, stderr).toBe(0);
    expect(await containersOf(running.child.pid!)).toEqual([]);
    for (const word of [...modes, 'ClusterIP', 'pod IP', 'keep-alive']) expect(stdout).toContain(word);
    expect(stdout).toMatch(/\b(faster|slower|equivalent|cannot tell)\b/);

    const run = await readRun(await onlyRun(machine.results));
    expect(run.problems).toEqual([]);
    expect(run.proofs.filter(({ proven }) => !proven)).toEqual([]);
    for (const mode of modes) {
      const family = run.plan.families.find(({ clusters }) => clusters.some(({ id }) => id === mode))!;
      expect(run.ends.find((end) => end.family === family.id)).toMatchObject({ outcome: 'complete' });
      expect(run.cells.filter(({ cluster }) => cluster === mode)).toHaveLength(targets * SERIES * BLOCKS);
      const facts = run.facts[`${family.id}/${mode}`]!;
      expect(facts).toMatchObject({ provider: 'kind', kubernetes: expect.stringMatching(/^v1\./) });
      expect(Object.keys(facts.nodes as object)).toHaveLength(3);
    }
  });
});
