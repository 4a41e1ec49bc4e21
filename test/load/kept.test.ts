import { describe, expect, it } from 'vitest';
import { runLoad } from '../../src/load/run-load.ts';
import { decode } from '../../src/stats/histogram.ts';
import { startFaultServer } from './fault-server.ts';
import { loadJob, never } from './load-job.ts';

const run = (url: string, changes = {}) => runLoad(loadJob('kept', url, changes), { signal: never });

describe('runLoad, kept connections', () => {
  it('records every response of the window once, and no connect', async () => {
    await using server = await startFaultServer(() => 'answer');
    const answer = await run(server.url, { connections: 3 });
    expect(answer).toMatchObject({
      id: 7,
      kind: 'load',
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
    const stop = new AbortController();
    await using server = await startFaultServer((nth) => {
      if (nth === 20) stop.abort();
      return 'answer';
    });
    const answer = await runLoad(loadJob('kept', server.url, { warmupMs: 0, durationMs: 60_000 }), { signal: stop.signal });
    expect(answer.durationMs).toBeLessThan(60_000);
  });
});

const OK = 'HTTP/1.1 200 OK\r\n';
const LENGTH = 'Content-Length: 2\r\n\r\nok';
const CLOSE = `${OK}Connection: close\r\n${LENGTH}`;
const bounded = { warmupMs: 0, durationMs: 60_000, maxRequests: 200 };

describe('runLoad, kept connections, connections that the server ends', () => {
  it.each([
    ['Connection: close', { raw: CLOSE, after: 'end' }],
    ['Connection: close, and leaves it open', { raw: CLOSE }],
    ['close among other tokens, in capitals', { raw: `${OK}Connection: x, CLOSE\r\n${LENGTH}`, after: 'end' }],
    ['HTTP/1.0', { raw: `HTTP/1.0 200 OK\r\n${LENGTH}`, after: 'end' }],
    ['a body that ends with the connection', { raw: `${OK}\r\nok`, after: 'end' }],
  ] as const)('cases 7.1: RFC 9112, 9.6: %s: sends nothing more, connects anew, and has lost nothing', async (_what, close) => {
    const asked = new Set<number>();
    let sentAfterClose = 0;
    await using server = await startFaultServer((nth, connection) => {
      if (asked.has(connection)) sentAfterClose++;
      if (nth % 10 !== 0) return 'answer';
      asked.add(connection);
      return close;
    });
    const answer = await run(server.url, { ...bounded, connections: 2 });
    expect(answer).toMatchObject({ requests: 200, errors: {}, timeouts: 0, statusCounts: { '200': 200 } });
    // The last of them may come when nothing is to follow.
    expect(answer.reconnects!.asked).toBeGreaterThanOrEqual(18);
    expect(answer.reconnects!.asked).toBeLessThanOrEqual(20);
    expect(answer.reconnects!.idle).toBe(0);
    expect(sentAfterClose).toBe(0);
    expect(answer.ports.used).toBe(server.connections);
  });

  it.each([
    ['before the first byte', 'close', 'CLOSED'],
    ['after an early hint', { raw: 'HTTP/1.1 103 Early Hints\r\n\r\n', after: 'end' }, 'CUT_OFF'],
    ['within a head', { raw: 'HTTP/1.1 200', after: 'end' }, 'CUT_OFF'],
    ['within a body', { raw: `${OK}Content-Length: 3\r\n\r\nok`, after: 'end' }, 'CUT_OFF'],
    ['within chunks', { raw: `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`, after: 'end' }, 'CUT_OFF'],
  ] as const)('cases 7.1: RFC 9112, 8: an end %s is a loss, and no reconnect', async (_where, fault, code) => {
    await using server = await startFaultServer((nth) => (nth % 10 === 0 ? fault : 'answer'));
    const answer = await run(server.url, bounded);
    expect(answer).toMatchObject({ requests: 180, errors: { [code]: 20 }, reconnects: { asked: 0, idle: 0 }, timeouts: 0 });
  });

  it.each([
    ['junk', 'BAD_STATUS_LINE', { raw: 'junk' }],
    ['two lengths', 'BAD_LENGTH', { raw: `${OK}Content-Length: 3\r\n${LENGTH}` }],
    ['bytes after the response', 'EXTRA_BYTES', { raw: OK + LENGTH + OK + LENGTH }],
  ] as const)('counts %s once, as %s, and goes on with a new connection', async (_what, code, fault) => {
    await using server = await startFaultServer((nth) => (nth % 10 === 0 ? fault : 'answer'));
    const answer = await run(server.url, bounded);
    expect(Object.keys(answer.errors)).toEqual([code]);
    expect(answer.errors[code]).toBeGreaterThanOrEqual(16); // one of ten
    expect(answer.errors[code]).toBeLessThanOrEqual(20);
    expect(answer.errors[code]! + answer.requests).toBe(200);
    expect(answer.statusCounts).toEqual({ '200': answer.requests });
    expect(server.connections).toBeGreaterThanOrEqual(answer.errors[code]!);
    expect(answer.timeouts).toBe(0);
  });

  it('counts no reconnect of the warm-up', async () => {
    await using server = await startFaultServer((nth) => (nth <= 3 ? { raw: CLOSE, after: 'end' } : 'answer'));
    const answer = await run(server.url, { warmupMs: 200, maxRequests: 50 });
    expect(answer).toMatchObject({ errors: {}, reconnects: { asked: 0, idle: 0 } });
  });

  it('charges a request that has to connect first with the connect', async () => {
    const slowMs = 60;
    await using server = await startFaultServer((nth) => (nth === 150 ? { raw: CLOSE, after: 'end' } : 'answer'), {
      onConnection: (connection) => {
        if (connection === 2) busy(slowMs);
      },
    });
    const answer = await run(server.url, { ...bounded, maxRequests: 300 });
    expect(answer).toMatchObject({ requests: 300, errors: {}, reconnects: { asked: 1 } });
    expect(decode(answer.histogram).maxValue).toBeGreaterThanOrEqual(slowMs * 1000 * 0.99);
  });
});

describe('runLoad, kept connections, responses of every form', () => {
  it.each([
    ['cases 7.2: RFC 9110, 15.2: 103 before 200', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}${LENGTH}`, '200'],
    [
      'cases 7.2: RFC 9110, 15.2: 100 and 102 before 404',
      `HTTP/1.1 100 C\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 404 N\r\n${LENGTH}`,
      '404',
    ],
    ['cases 7.3: RFC 9112, 6.3: 204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', '204'],
    ['cases 7.3: RFC 9112, 6.3: 304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', '304'],
    ['cases 7.3: RFC 9112, 7.1.2: trailers', `${OK}Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nA: b\r\n\r\n`, '200'],
  ])('%s: one answer each, on one connection', async (_rule, raw, status) => {
    await using server = await startFaultServer(() => ({ raw }));
    const answer = await run(server.url, { ...bounded, maxRequests: 50 });
    expect(answer).toMatchObject({ requests: 50, errors: {}, timeouts: 0, statusCounts: { [status]: 50 } });
    expect([server.connections, answer.reconnects]).toEqual([1, { asked: 0, idle: 0 }]);
  });
});

function busy(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

async function gone(): Promise<{ url: string }> {
  await using server = await startFaultServer(() => 'answer');
  return { url: server.url };
}
