import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentFile } from '../../src/agent/agent-file.ts';
import type { Host } from '../../src/cluster/contract/host.ts';
import type { Slice } from '../../src/load/messages.ts';
import { openSession } from '../../src/load/session.ts';
import { sumOf } from '../../src/load/slices.ts';
import { exec, execLines } from '../../src/process/exec.ts';
import { startEcho } from '../../src/workload/echo-server.ts';
import { loadJob } from '../load/load-job.ts';

/** The bundle as it travels: alone, in a folder where nothing is installed. Set-up builds it before the tests. */
let directory: string;
let agent: string[];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trafficlab-agent-'));
  const file = join(directory, 'agent.mjs');
  await copyFile(agentFile(), file);
  agent = [process.execPath, file];
});
afterAll(() => rm(directory, { recursive: true }));

const host = (): Host => ({
  name: 'client-1',
  role: 'client',
  address: '127.0.0.1',
  agent,
  exec,
  lines: (argv, options) => execLines(argv, { ...options, cwd: directory }),
  inNetwork: exec,
});

describe('agent.mjs', () => {
  it('fits into a ConfigMap', async () => {
    expect((await stat(agentFile())).size).toBeLessThan(900_000); // of 1 MiB
  });

  it('does every kind of job', async () => {
    await using echo = await startEcho({ port: 0, address: '127.0.0.1', pod: 'echo-1', node: 'worker-1' });
    await using session = await openSession(host());
    const url = `http://127.0.0.1:${echo.port}/`;
    for (const policy of ['kept', 'fresh'] as const) {
      const slices: Slice[] = [];
      const answer = await session.run(loadJob(policy, url), (more) => slices.push(...more));
      expect(slices.length).toBeGreaterThan(0);
      const { durationMs, requests, errors, timeouts } = answer;
      expect(sumOf(slices)).toEqual({ durationMs, requests, errors, timeouts });
      expect(answer).toMatchObject({ errors: {}, timeouts: 0, statusCounts: { '200': answer.requests } });
      expect(answer.generator.cpuShare).toBeGreaterThan(0);
      expect(answer.generator.eventLoopUtilization).toBeGreaterThan(0);
      expect(answer.generator.eventLoopUtilization).toBeLessThanOrEqual(1);
    }
    const { connections } = await session.run({ kind: 'connect', url, count: 2, timeoutMs: 5_000 });
    expect(connections.map(({ echo }) => echo?.pod)).toEqual(['echo-1', 'echo-1']);
    const { localPorts } = await session.run({ kind: 'hold', url, count: 5, timeoutMs: 5_000 });
    expect(new Set(localPorts).size).toBe(5);
    expect(await session.run({ kind: 'release' })).toMatchObject({ kind: 'release' });
  });

  it('answers what is no job, and a job that cannot be done, with a failure', async () => {
    await using session = await openSession(host());
    await expect(session.run({ kind: 'hold', url: 'ftp://127.0.0.1/', count: 1, timeoutMs: 100 })).rejects.toThrow(/only http/);
    await expect(session.run({ kind: 'hold', url: 'nowhere', count: 1, timeoutMs: 100 })).rejects.toThrow(/Invalid URL/);
    const child = spawn(agent[0]!, [agent[1]!, 'load'], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write(`${JSON.stringify({ id: 5, kind: 'dance' })}\nnot JSON\n`);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect(JSON.parse((await lines.next()).value)).toMatchObject({
      id: 5,
      kind: 'failure',
      message: expect.stringMatching(/no such job/),
    });
    expect(JSON.parse((await lines.next()).value)).toMatchObject({ id: -1, kind: 'failure' });
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('stops the load at once when its input ends', async () => {
    await using echo = await startEcho({ port: 0, address: '127.0.0.1', pod: 'echo-1', node: 'worker-1' });
    const child = spawn(agent[0]!, [agent[1]!, 'load'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const bounds = { connections: 2, warmupMs: 100, durationMs: 600_000, maxRequests: 5_000_000, timeoutMs: 60_000 };
    child.stdin.end(`${JSON.stringify(loadJob('kept', `http://127.0.0.1:${echo.port}/`, bounds))}\n`);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each([['echo', '--port', '0'], ['idle'], ['load']])('ends on SIGTERM: %s', async (...args) => {
    const child = spawn(agent[0]!, [agent[1]!, ...args.filter(Boolean)], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write(`${JSON.stringify({ id: 1, kind: 'release' })}\n`);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('says how it is used when it does not know what to do', async () => {
    const { exitCode, stderr } = await exec([...agent, 'dance'], { accept: 'any' });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^usage: agent\.mjs echo --port N .* \| load \| idle/);
  });
});
