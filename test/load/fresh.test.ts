import { describe, expect, it } from 'vitest';
import { portsInTurn } from '../../src/load/ports.ts';
import { runLoad } from '../../src/load/run-load.ts';
import { decode } from '../../src/stats/histogram.ts';
import { startFaultServer } from './fault-server.ts';
import { loadJob, never } from './load-job.ts';

const run = (url: string, changes = {}) => runLoad(loadJob('fresh', url, changes), { signal: never });

const OK = 'HTTP/1.1 200 OK\r\n';
const LENGTH = 'Content-Length: 2\r\n\r\nok';

describe('runLoad, fresh connections', () => {
  it('opens a connection for each request, and leaves none in TIME_WAIT', async () => {
    await using server = await startFaultServer(() => 'answer');
    const answer = await run(server.url, { connections: 3 });
    expect(answer).toMatchObject({
      id: 7,
      kind: 'load',
      errors: {},
      timeouts: 0,
      statusCounts: { '200': answer.requests },
    });
    expect(answer.requests).toBeGreaterThan(0);
    expect(decode(answer.histogram).totalCount).toBe(answer.requests);
    expect(server.connections).toBe(server.requests);
    expect(server.connections).toBe(answer.ports.used);
    expect(server.requests).toBeGreaterThan(answer.requests); // the warm-up used ports, and is not counted
    expect(server.mostOpen).toBeLessThanOrEqual(3 + 3); // a reset may still be on its way
    expect(answer.ports.timeWaitAfter - answer.ports.timeWaitBefore).toBeLessThan(answer.requests);
  });

  it('takes the ports that it is given, and the next where one is occupied', async () => {
    await using server = await startFaultServer(() => 'answer');
    const occupied = Number(new URL(server.url).port);
    const inTurn = portsInTurn();
    const given: number[] = [];
    const next = () => {
      given.push(given.length === 0 ? occupied : inTurn());
      return given.at(-1)!;
    };
    const answer = await runLoad(loadJob('fresh', server.url, { warmupMs: 0, durationMs: 60_000, maxRequests: 20 }), {
      signal: never,
      nextPort: next,
    });
    expect([answer.requests, answer.errors]).toEqual([20, {}]);
    expect(answer.ports.used).toBe(server.connections);
    expect(given.length).toBeGreaterThan(server.connections);
  });

  it('reads a chunked response to its end', async () => {
    await using server = await startFaultServer(() => 'chunked');
    const { requests, statusCounts, errors } = await run(server.url);
    expect(errors).toEqual({});
    expect(statusCounts).toEqual({ '200': requests });
  });

  it('ends at maxRequests', async () => {
    await using server = await startFaultServer(() => 'answer');
    const answer = await run(server.url, { durationMs: 60_000, maxRequests: 150 });
    expect(answer.requests).toBe(150);
  });

  it.each(['reset', 'close', 'half-then-reset'] as const)(
    'counts a connection that ends without an answer (%s)',
    async (fault) => {
      await using server = await startFaultServer((nth) => (nth % 10 === 0 ? fault : 'answer'));
      const { errors, requests, statusCounts } = await run(server.url, { warmupMs: 0, durationMs: 60_000, maxRequests: 200 });
      // A reset that comes together with data is an end to libuv, so the code of the half response is not certain.
      if (fault !== 'half-then-reset') expect(errors).toEqual({ [fault === 'reset' ? 'ECONNRESET' : 'CLOSED']: 20 });
      expect(Object.values(errors).reduce((sum, times) => sum + times, 0)).toBe(20);
      expect([requests, statusCounts]).toEqual([180, { '200': 180 }]);
      expect(server.requests).toBe(200);
    },
  );

  it('counts what is not 2xx by its code', async () => {
    await using server = await startFaultServer(() => '503');
    const { statusCounts, requests } = await run(server.url);
    expect(statusCounts).toEqual({ '503': requests });
  });

  it('counts requests that are never answered, also those that are out when the window ends', async () => {
    await using server = await startFaultServer((nth) => (nth > 20 ? 'stall' : 'answer'));
    const answer = await run(server.url, { connections: 2, warmupMs: 0, durationMs: 500, timeoutMs: 600 });
    expect(answer.requests).toBeLessThanOrEqual(20);
    expect(answer.timeouts).toBe(2);
  });

  it('ends when its signal fires', async () => {
    const stop = new AbortController();
    await using server = await startFaultServer((nth) => {
      if (nth === 20) stop.abort();
      return 'answer';
    });
    const answer = await runLoad(loadJob('fresh', server.url, { warmupMs: 0, durationMs: 60_000 }), { signal: stop.signal });
    expect(answer.durationMs).toBeLessThan(60_000);
  });

  it.each([
    ['cases 7.1: RFC 9112, 9.6: Connection: close', { raw: `${OK}Connection: close\r\n${LENGTH}`, after: 'end' }, '200'],
    ['RFC 9112, 6.3: a body that ends with the connection', { raw: `${OK}\r\nok`, after: 'end' }, '200'],
    ['cases 7.2: RFC 9110, 15.2: 103 before 200', { raw: `HTTP/1.1 103 Early Hints\r\n\r\n${OK}${LENGTH}` }, '200'],
    ['cases 7.3: RFC 9112, 6.3: 204 with a length', { raw: 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n' }, '204'],
    ['cases 7.3: RFC 9112, 6.3: 304 with a length', { raw: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n' }, '304'],
    [
      'cases 7.3: RFC 9112, 7.1.2: trailers',
      { raw: `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\n\r\n` },
      '200',
    ],
  ] as const)('%s: one answer each', async (_rule, raw, status) => {
    await using server = await startFaultServer(() => raw);
    const answer = await run(server.url, { warmupMs: 0, durationMs: 60_000, maxRequests: 50 });
    expect(answer).toMatchObject({ requests: 50, errors: {}, timeouts: 0, statusCounts: { [status]: 50 } });
    expect(server.connections).toBe(50);
  });

  it.each([
    ['CLOSED', 'close', 18],
    ['CUT_OFF', { raw: `${OK}Content-Length: 3\r\n\r\nok`, after: 'end' }, 18],
    ['BAD_STATUS_LINE', { raw: 'junk' }, 18],
    ['EXTRA_BYTES', { raw: OK + LENGTH + OK + LENGTH }, 19],
  ] as const)('counts what is wrong with a response by its code: %s', async (code, fault, requests) => {
    await using server = await startFaultServer((nth) => (nth % 10 === 0 ? fault : 'answer'));
    const answer = await run(server.url, { warmupMs: 0, durationMs: 60_000, maxRequests: 20 });
    expect(answer.errors).toEqual({ [code]: 20 - requests });
    expect([answer.requests, answer.timeouts]).toEqual([requests, 0]);
  });
});
