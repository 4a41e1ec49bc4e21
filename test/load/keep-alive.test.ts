import { describe, expect, it } from 'vitest';
import { runKeepAlive } from '../../src/load/keep-alive.ts';
import { decode } from '../../src/stats/histogram.ts';
import { startFaultServer } from './fault-server.ts';
import { loadJob, never } from './load-job.ts';

const run = (url: string, changes = {}) => runKeepAlive(loadJob('keep-alive', url, changes), never);

describe('runKeepAlive', () => {
  it('records every response of the window once, and no connect', async () => {
    await using server = await startFaultServer(() => 'answer');
    const answer = await run(server.url, { connections: 3 });
    expect(answer).toMatchObject({
      id: 7,
      kind: 'keep-alive',
      errors: {},
      timeouts: 0,
      statusCounts: { '200': answer.requests },
    });
    expect(decode(answer.histogram).totalCount).toBe(answer.requests);
    expect(answer.requests).toBeGreaterThan(0);
    expect(answer.requests).toBeLessThan(server.requests); // the warm-up is not in it
    expect(answer.durationMs).toBeGreaterThanOrEqual(199);
    expect(server.connections).toBe(3);
    expect(answer.ports.used).toBe(3);
  });

  it('ends at maxRequests', async () => {
    await using server = await startFaultServer(() => 'answer');
    const answer = await run(server.url, { durationMs: 60_000, maxRequests: 150 });
    expect(answer.requests).toBe(150);
  });

  it('counts an answer that is not 2xx by its code, and its latency too', async () => {
    await using server = await startFaultServer((nth) => (nth % 2 === 0 ? '503' : 'answer'));
    const { statusCounts, requests } = await run(server.url);
    expect(statusCounts['503']).toBeGreaterThan(0);
    expect(statusCounts['200']! + statusCounts['503']!).toBe(requests);
  });

  it.each(['reset', 'close', 'half-then-reset'] as const)(
    'counts a connection that ends under a request (%s), goes on with a new one, and never has two for one',
    async (fault) => {
      await using server = await startFaultServer((nth) => (nth % 10 === 0 ? fault : 'answer'));
      const answer = await run(server.url, { warmupMs: 0, durationMs: 60_000, maxRequests: 200 });
      if (fault !== 'half-then-reset') expect(Object.keys(answer.errors)).toEqual([fault === 'reset' ? 'ECONNRESET' : 'CLOSED']);
      const lost = Object.values(answer.errors).reduce((sum, times) => sum + times, 0);
      expect(answer.requests + lost).toBe(200);
      expect(lost).toBe(20); // one of ten: a client that pairs wrongly or sends twice is far from that
      expect(answer.statusCounts).toEqual({ '200': answer.requests });
      expect(decode(answer.histogram).totalCount).toBe(answer.requests);
      expect(server.mostOpen).toBeLessThanOrEqual(2); // the old one may still be on its way out
      expect(answer.ports.used).toBeGreaterThanOrEqual(server.connections);
    },
  );

  it('does not charge a later response with the time of a request that was lost', async () => {
    const stallMs = 700;
    await using server = await startFaultServer((nth) => (nth === 5 ? { stallMs } : 'answer'));
    const answer = await run(server.url, { warmupMs: 0, durationMs: 1_000 });
    expect(answer.errors).toEqual({ ECONNRESET: 1 });
    expect(answer.requests).toBeGreaterThan(0);
    expect(decode(answer.histogram).maxValue).toBeLessThan(stallMs * 1000);
  });

  it('counts a request that is out when the window ends and never answered', async () => {
    await using server = await startFaultServer((nth) => (nth > 20 ? 'stall' : 'answer'));
    const answer = await run(server.url, { warmupMs: 0, durationMs: 100, timeoutMs: 300 });
    expect(answer.requests).toBeLessThanOrEqual(20);
    expect(answer.timeouts).toBe(1);
  });

  it('gives up a stalled connection after a time-out shorter than a second', async () => {
    await using server = await startFaultServer((nth) => (nth === 5 ? 'stall' : 'answer'));
    const answer = await run(server.url, { warmupMs: 0, durationMs: 500, timeoutMs: 150 });
    expect(answer.timeouts).toBe(1);
    expect(answer.requests).toBeGreaterThan(5);
    expect(server.connections).toBe(2);
  });

  it('answers with the errors of a port where nobody listens', async () => {
    const { url } = await gone();
    const answer = await run(url, { durationMs: 50 });
    expect(answer.requests).toBe(0);
    expect(answer.errors.ECONNREFUSED).toBeGreaterThan(0);
  });

  it('ends when its signal fires', async () => {
    await using server = await startFaultServer(() => 'answer');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 150);
    const answer = await runKeepAlive(loadJob('keep-alive', server.url, { durationMs: 60_000 }), stop.signal);
    expect(answer.durationMs).toBeLessThan(60_000);
  });
});

async function gone(): Promise<{ url: string }> {
  await using server = await startFaultServer(() => 'answer');
  return { url: server.url };
}
