import type { Slice } from './messages.ts';
import { addCounts, count } from './tally.ts';

/** A slice is late when its end came so much of its length after it was due. */
const LATE = 0.1;

export interface SliceCutter {
  answered(): void;
  /** @param code undefined: a time-out. */
  failed(code: string | undefined): void;
  /** Ends the slice that is open, and opens the next. */
  cut(): void;
  /** Milliseconds until the next cut is due; undefined when the slice that is open is the last. */
  untilNext(): number | undefined;
  /** Ends the window; what fails from now on belongs to the last slice. @returns milliseconds that the window had. */
  end(): number;
  /** Ends the last slice. */
  close(): void;
}

/**
 * Counts the requests of a window in slices of one length, as near to `sliceMs` as the window's length allows. The first begins with the window.
 * @param elapsed milliseconds since the window began.
 */
export function cutSlices(
  { durationMs, sliceMs }: { readonly durationMs: number; readonly sliceMs: number },
  elapsed: () => number,
  ended: (slice: Slice) => void,
): SliceCutter {
  const planned = Math.max(1, Math.round(durationMs / sliceMs));
  const lengthMs = durationMs / planned;
  let startNs = 0;
  let endNs = 0;
  let due = 1;
  let late = false;
  let requests = 0;
  let errors: Record<string, number> = {};
  let timeouts = 0;

  function end(): number {
    const elapsedMs = elapsed();
    endNs = Math.round(elapsedMs * 1e6);
    late = elapsedMs > (due + LATE) * lengthMs;
    return elapsedMs;
  }

  function close(): void {
    ended({ target: 0, startNs, lengthNs: endNs - startNs, late, requests, errors, timeouts });
    startNs = endNs;
    requests = 0;
    errors = {};
    timeouts = 0;
  }

  return {
    answered: () => {
      requests++;
    },
    failed: (code) => {
      if (code === undefined) timeouts++;
      else count(errors, code);
    },
    cut: () => {
      end();
      close();
      // A cut may come a little early, as timers do, or so late that the next is past too; then the slice between them is left out.
      due = Math.min(planned, Math.max(due, Math.floor(endNs / 1e6 / lengthMs)) + 1);
    },
    untilNext: () => (due < planned ? Math.max(0, due * lengthMs - elapsed()) : undefined),
    end,
    close,
  };
}

/** What slices come to that follow one another. */
export function sumOf(slices: readonly Slice[]): {
  readonly durationMs: number;
  readonly requests: number;
  readonly errors: Record<string, number>;
  readonly timeouts: number;
} {
  const sum = (of: (slice: Slice) => number) => slices.reduce((total, slice) => total + of(slice), 0);
  return {
    durationMs: sum(({ lengthNs }) => lengthNs) / 1e6,
    requests: sum(({ requests }) => requests),
    errors: addCounts(slices.map(({ errors }) => errors)),
    timeouts: sum(({ timeouts }) => timeouts),
  };
}
