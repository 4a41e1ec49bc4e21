import { describe, expect, it } from 'vitest';
import { agentFile } from '../../src/agent/agent-file.ts';
import type { Host } from '../../src/cluster/contract/host.ts';
import { openSession } from '../../src/load/session.ts';
import { sumOf } from '../../src/load/slices.ts';
import { measureFirstPackets } from '../../src/probe/first-packet.ts';
import { measureLoad } from '../../src/probe/measure-load.ts';
import { exec, execLines } from '../../src/process/exec.ts';
import { cellRecord } from '../../src/results/schema.ts';
import { decode } from '../../src/stats/histogram.ts';
import { startEcho } from '../../src/workload/echo-server.ts';

const here: Host = {
  name: 'here',
  role: 'client',
  address: '127.0.0.1',
  agent: [process.execPath, agentFile()],
  exec,
  lines: execLines,
  inNetwork: exec,
};
const start = () => startEcho({ port: 0, address: '127.0.0.1', pod: 'echo-1', node: 'worker-1' });
const fromRunner = { type: 'cell', at: 'now', family: 'f', cluster: 'c', block: 0, scenario: 's' };

describe('the probes, against a real server and kernel', () => {
  it.each(['keep-alive', 'new-connection'] as const)('measure a window of load as the results keep it: %s', async (series) => {
    await using echo = await start();
    await using session = await openSession(here);
    const settings = { connections: 1, warmupMs: 50, durationMs: 300, maxRequests: 10_000, timeoutMs: 5_000 };
    const measured = await measureLoad([session], { url: `http://127.0.0.1:${echo.port}/` }, series, settings);
    const record = cellRecord.parse({ ...fromRunner, ...measured });
    expect(record).toMatchObject({ series, connections: 1, errors: {}, timeouts: 0, statusCounts: { '200': record.requests } });
    expect(record.loadMs, 'cases 9.2: the warm-up is part of the time in which CPU of carriers is counted').toBe(
      record.durationMs + 50,
    );
    expect(decode(record.histogram).totalCount).toBe(record.requests);
    expect(record.latencyUs.p50).toBeGreaterThan(0);
    expect(record.latencyUs.p50).toBeLessThanOrEqual(record.latencyUs.p99);
    expect(record.ratePerSecond).toBeCloseTo((record.requests / record.durationMs) * 1000);
    const [generator, ...others] = record.generators!;
    expect([generator!.host, others]).toEqual(['here', []]);
    expect(sumOf(generator!.slices!), 'a window is the sum of its slices').toEqual({
      durationMs: record.durationMs,
      requests: record.requests,
      errors: record.errors,
      timeouts: record.timeouts,
    });
  });

  it('add up what several generators measure at the same time', async () => {
    await using echo = await start();
    await using one = await openSession(here);
    await using other = await openSession({ ...here, name: 'there' });
    const settings = { connections: 2, warmupMs: 50, durationMs: 20_000, maxRequests: 100, timeoutMs: 5_000 };
    const measured = await measureLoad([one, other], { url: `http://127.0.0.1:${echo.port}/` }, 'keep-alive', settings);
    const record = cellRecord.parse({ ...fromRunner, ...measured });
    expect(record).toMatchObject({ connections: 4, requests: 200, statusCounts: { '200': 200 } });
    expect(decode(record.histogram).totalCount).toBe(200);
    expect(record.generators!.map(({ host, slices }) => [host, sumOf(slices!).requests])).toEqual([
      ['here', 100],
      ['there', 100],
    ]);
    expect(record.durationMs).toBe(Math.max(...record.generators!.map(({ durationMs }) => durationMs)));
  });

  it('measure first packets in the kernel, and release what they held', async () => {
    await using echo = await start();
    await using session = await openSession(here);
    const url = `http://127.0.0.1:${echo.port}/`;
    const measured = await measureFirstPackets(session, { url }, { count: 20, timeoutMs: 5_000 });
    const record = cellRecord.parse({ ...fromRunner, ...measured });
    expect(record).toMatchObject({ series: 'first-packet', errors: {}, timeouts: 0 });
    expect(record.loadMs, 'cases 9.2: there is no warm-up').toBe(record.durationMs);
    expect(record.requests + (record.retransmits ?? 0)).toBe(20);
    expect(record.ratePerSecond, 'of the samples, without the connection that is discarded').toBeCloseTo(
      (record.requests / record.durationMs) * 1000,
    );
    expect(record.latencyUs.min).toBeGreaterThan(0);
    const { stdout } = await exec(['ss', '-tnH', 'dst', `127.0.0.1:${echo.port}`]);
    expect(stdout).toBe('');
  });

  it('tell that nobody listens', async () => {
    const echo = await start();
    await echo[Symbol.asyncDispose]();
    await using session = await openSession(here);
    const { errors, requests, checks } = await measureFirstPackets(
      session,
      { url: `http://127.0.0.1:${echo.port}/` },
      { count: 3, timeoutMs: 500 },
    );
    expect([errors, requests]).toEqual([{ ECONNREFUSED: 4 }, 0]);
    expect(checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['errors', 'too-few-values']);
  });
});
