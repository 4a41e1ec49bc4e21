import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectSandbox } from '../../src/cluster/fabric/inspect.ts';
import { analyseRun } from '../../src/compare/run.ts';
import { exec } from '../../src/process/exec.ts';
import { type ProgressEvent, progressEvent } from '../../src/progress/events.ts';
import { runJson } from '../../src/report/json.ts';
import { readRun } from '../../src/results/read.ts';

const obstacle = await inspectSandbox();

describe.skipIf(obstacle !== undefined)('a lab with --json', () => {
  it('tells all that happened on stdout, a line each, from inside of the sandbox too', async () => {
    const results = await mkdtemp(join(tmpdir(), 'trafficlab-json-'));
    try {
      const argv = ['scripts/trafficlab.mjs', 'lab', 'smoke', '--provider', 'netns', '--json', '--results', results];
      const { stdout } = await exec([process.execPath, ...argv]);
      const events = stdout
        .trimEnd()
        .split('\n')
        .map((line): ProgressEvent => progressEvent.parse(JSON.parse(line)));
      const of = <T extends ProgressEvent['type']>(type: T) =>
        events.filter((event): event is Extract<ProgressEvent, { type: T }> => event.type === type);
      expect([events[0]?.type, events.at(-1)?.type]).toEqual(['plan', 'result']);
      const run = await readRun(of('plan')[0]!.directory!);
      const told = of('cell').filter(({ state }) => state === 'measured');
      expect(
        told.map(({ family, scenario, series, block, rate, p99 }) => ({ family, scenario, series, block: block - 1, rate, p99 })),
      ).toEqual(
        run.cells.map(({ family, scenario, series, block, ratePerSecond: rate, latencyUs: { p99 } }) => ({
          family,
          scenario,
          series,
          block,
          rate,
          p99,
        })),
      );
      const states = of('step')
        .filter(({ title }) => title.startsWith('deleting clusters'))
        .map(({ state }) => state);
      expect(states).toEqual(['started', 'done']);
      expect(of('result')[0]).toMatchObject({ outcome: 'complete', exitCode: 0 });
      expect(of('result')[0]?.analysis).toEqual(JSON.parse(runJson(analyseRun(run))));
    } finally {
      await rm(results, { recursive: true });
    }
  });
});
