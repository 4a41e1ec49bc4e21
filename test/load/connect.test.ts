import { describe, expect, it } from 'vitest';
import { exec } from '../../src/exec.ts';
import { runConnect } from '../../src/load/connect.ts';
import { startFaultServer } from './fault-server.ts';
import { never } from './load-job.ts';

const run = (url: string, count: number, timeoutMs = 5_000) =>
  runConnect({ id: 3, kind: 'connect', url, count, timeoutMs }, never);

describe('runConnect', () => {
  it('makes exactly as many new connections as were asked for, and leaves nothing of them', async () => {
    await using server = await startFaultServer(() => 'answer');
    const { connections } = await run(server.url, 20);
    expect([server.connections, server.requests]).toEqual([20, 20]);
    expect(connections.map(({ status, echo, error }) => ({ status, echo, error }))).toEqual(Array(20).fill({ status: 200 }));
    const { stdout } = await exec(['ss', '-tanH', 'dst', new URL(server.url).host]);
    expect(stdout).toBe('');
  });

  it('tells of each failure at its place', async () => {
    await using server = await startFaultServer((nth) => (['answer', 'reset', '503', 'close'] as const)[nth - 1]!);
    const { connections } = await run(server.url, 4);
    expect(connections.map(({ status, error }) => status ?? error)).toEqual([200, 'ECONNRESET', 503, 'ECONNRESET']);
    expect(connections.every(({ localPort }) => localPort > 0)).toBe(true);
  });

  it('gives up after three time-outs in a row', async () => {
    await using server = await startFaultServer((nth) => (nth === 3 ? 'answer' : 'stall'));
    const { connections } = await run(server.url, 50, 300);
    expect(connections.map(({ status, error }) => status ?? error)).toEqual([
      'ETIMEDOUT',
      'ETIMEDOUT',
      200,
      ...Array(3).fill('ETIMEDOUT'),
    ]);
  });
});
