import { expect, it } from 'vitest';
import type { Slice } from '../../src/load/messages.ts';
import { cutSlices, sumOf } from '../../src/load/slices.ts';

/** A window on a clock that the test sets, in milliseconds. */
function windowOf(durationMs: number) {
  const clock = { ms: 0 };
  const slices: Slice[] = [];
  const cutter = cutSlices(
    { durationMs, sliceMs: 100 },
    () => clock.ms,
    (slice) => slices.push(slice),
  );
  const at = (ms: number) => {
    clock.ms = ms;
    return cutter;
  };
  return { at, slices };
}
const shown = (slices: readonly Slice[]) => slices.map(({ startNs, lengthNs, late }) => [startNs / 1e6, lengthNs / 1e6, late]);

it('cuts a window into slices of one length without a gap; what fails in the drain belongs to the last', () => {
  const { at, slices } = windowOf(250);
  at(10).answered();
  at(20).failed('ECONNRESET');
  expect(at(20).untilNext()).toBeCloseTo(250 / 3 - 20);
  at(84).cut();
  at(90).answered();
  at(168).cut();
  expect(at(168).untilNext()).toBeUndefined();
  at(250).end();
  at(900).failed(undefined);
  at(900).close();
  expect(shown(slices)).toEqual([
    [0, 84, false],
    [84, 84, false],
    [168, 82, false],
  ]);
  expect(slices.map(({ requests, errors, timeouts }) => [requests, errors, timeouts])).toEqual([
    [1, { ECONNRESET: 1 }, 0],
    [1, {}, 0],
    [0, {}, 1],
  ]);
  expect(sumOf(slices)).toEqual({ durationMs: 250, requests: 2, errors: { ECONNRESET: 1 }, timeouts: 1 });
});

it('marks a slice whose end came late, and leaves out one that is past', () => {
  const { at, slices } = windowOf(400);
  at(111).cut();
  at(305).cut();
  expect(at(305).untilNext()).toBeUndefined();
  at(405).end();
  at(405).close();
  expect(shown(slices)).toEqual([
    [0, 111, true],
    [111, 194, true],
    [305, 100, false],
  ]);
});

it('makes no second slice where a timer fires early', () => {
  const { at } = windowOf(400);
  at(99.7).cut();
  expect(at(99.7).untilNext()).toBeCloseTo(100.3);
});

it('has one slice in a window shorter than a slice', () => {
  const { at } = windowOf(20);
  expect(at(0).untilNext()).toBeUndefined();
});
