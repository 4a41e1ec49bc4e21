import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runConnect } from '../../src/load/connect.ts';
import { exec } from '../../src/process/exec.ts';
import { startFaultServer } from './fault-server.ts';
import { never } from './load-job.ts';

const run = (url: string, count: number, timeoutMs = 5_000, keep: (socket: Socket) => void = () => {}) =>
  runConnect({ id: 3, kind: 'connect', url, count, timeoutMs }, never, keep);

describe('runConnect', () => {
  it('makes exactly as many new connections as were asked for, and hands them over alive', async () => {
    await using server = await startFaultServer(() => 'answer');
    const sockets = async () => (await exec(['ss', '-tanH', 'dst', new URL(server.url).host])).stdout.split('\n').filter(Boolean);
    // An earlier server may have had this port: what its clients closed is in TIME-WAIT for a minute.
    const before = await sockets();
    const left = async () => (await sockets()).filter((line) => !before.includes(line));
    const kept: Socket[] = [];
    const { connections } = await run(server.url, 20, 5_000, (socket) => kept.push(socket));
    expect([server.connections, server.requests]).toEqual([20, 20]);
    expect(connections.map(({ status, echo, error }) => ({ status, echo, error }))).toEqual(Array(20).fill({ status: 200 }));
    expect(kept.map(({ localPort }) => localPort)).toEqual(connections.map(({ localPort }) => localPort));
    expect((await left()).filter((line) => line.startsWith('ESTAB'))).toHaveLength(20);
    for (const socket of kept) socket.resetAndDestroy();
    expect(await left()).toEqual([]);
  });

  it('tells of each failure at its place', async () => {
    await using server = await startFaultServer((nth) => (['answer', 'reset', '503', 'close'] as const)[nth - 1]!);
    const { connections } = await run(server.url, 4);
    expect(connections.map(({ status, error }) => status ?? error)).toEqual([200, 'ECONNRESET', 503, 'CLOSED']);
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
