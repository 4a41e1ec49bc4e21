import { expect, test } from 'vitest';
import { InterruptedError, TimeoutError } from '../../src/errors.ts';
import { OutOfTime, waitFor, within } from '../../src/waiting/wait.ts';

const soon = { deadlineMs: 10_000, intervalMs: 1 };

test('answers with the first value', async () => {
  let looks = 0;
  const value = await waitFor('the third look', soon, async () => (++looks === 3 ? { value: looks } : { seen: `${looks}` }));
  expect([value, looks]).toEqual([3, 3]);
});

test('a value may be undefined or false', async () => {
  expect(await waitFor('nothing', soon, async () => ({ value: undefined }))).toBeUndefined();
  expect(await waitFor('no', soon, async () => ({ value: false }))).toBe(false);
});

test('out of time: names what was waited for and what was seen last', async () => {
  let looks = 0;
  const waiting = waitFor('kube-proxy on every node', { deadlineMs: 20, intervalMs: 5 }, async () => ({
    seen: `${++looks} of 9 nodes`,
  }));
  const error = await waiting.catch((thrown: Error) => thrown);
  expect(error).toBeInstanceOf(TimeoutError);
  expect((error as Error).message).toBe(`waited 0.0 s for kube-proxy on every node; last seen: ${looks} of 9 nodes`);
});

test('it is looked at least once, even where there is no time', async () => {
  expect(await waitFor('it', { deadlineMs: 0 }, async () => ({ value: 'there' }))).toBe('there');
});

test('a look that throws has seen its message', async () => {
  const seen: string[] = [];
  const answers = ['refused', 'reset'];
  const value = await waitFor('an answer', { ...soon, onSeen: (text) => seen.push(text) }, async () => {
    const next = answers.shift();
    if (next) throw new Error(next);
    return { value: 'ok' };
  });
  expect([value, seen]).toEqual(['ok', ['refused', 'reset']]);
});

test('a signal stops it, at once and between looks', async () => {
  let looks = 0;
  const look = async () => ({ seen: `${++looks}` });
  await expect(waitFor('it', { ...soon, signal: AbortSignal.abort() }, look)).rejects.toBeInstanceOf(InterruptedError);
  expect(looks).toBe(0);
  const stop = new AbortController();
  const waiting = waitFor(
    'it',
    { deadlineMs: 60_000, intervalMs: 60_000, signal: stop.signal, onSeen: () => stop.abort() },
    look,
  );
  await expect(waiting).rejects.toThrow('stopped while waiting for it');
  expect(looks).toBe(1);
});

test('a look that was stopped is not looked at again', async () => {
  let looks = 0;
  const waiting = waitFor('it', soon, async () => {
    looks += 1;
    throw new InterruptedError('stopped');
  });
  await expect(waiting).rejects.toThrow(new InterruptedError('stopped'));
  expect(looks).toBe(1);
});

const never = () => new Promise<never>(() => {});

test('cases 9.1: a look that never settles is ended by the deadline, with what was seen before', async () => {
  let looks = 0;
  const waiting = waitFor('nodes', { deadlineMs: 30, intervalMs: 1 }, () =>
    looks++ === 0 ? Promise.resolve({ seen: '1 of 3 nodes' }) : never(),
  );
  await expect(waiting).rejects.toThrow(new TimeoutError('waited 0.0 s for nodes; last seen: 1 of 3 nodes'));
});

test('cases 9.1: a look that never settles is ended by the signal, and its own signal fires', async () => {
  const stop = new AbortController();
  let own: AbortSignal | undefined;
  const waiting = waitFor('nodes', { deadlineMs: 60_000, signal: stop.signal }, (signal) => {
    own = signal;
    queueMicrotask(() => stop.abort());
    return never();
  });
  await expect(waiting).rejects.toThrow(new InterruptedError('stopped while waiting for nodes'));
  expect(own?.aborted).toBe(true);
});

test('cases 9.1: what a look answers after its end is ignored, an error too', async () => {
  let late: (error: Error) => void = () => {};
  const waiting = waitFor('nodes', { deadlineMs: 5, intervalMs: 1 }, () => new Promise<never>((_, reject) => (late = reject)));
  await expect(waiting).rejects.toBeInstanceOf(TimeoutError);
  late(new Error('too late')); // an unhandled rejection fails the test run
});

test('work is bounded by its time and its signal, and answers where neither comes', async () => {
  expect(await within({ timeoutMs: 60_000 }, async () => 'done')).toBe('done');
  await expect(within({ timeoutMs: 5 }, never)).rejects.toThrow(new OutOfTime(5));
  await expect(within({ timeoutMs: 60_000, signal: AbortSignal.abort() }, never)).rejects.toBeInstanceOf(InterruptedError);
  await expect(within({ timeoutMs: 60_000 }, () => Promise.reject(new RangeError('mine')))).rejects.toThrow(
    new RangeError('mine'),
  );
});
