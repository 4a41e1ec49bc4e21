/** Lines that are written by one side and read as they come by the other, as a program's standard input is. */
export interface LineQueue extends AsyncIterable<string> {
  /** Adds a line; the newline is added to it. Nothing happens once it is closed. */
  push(line: string): void;
  /** Ends the reader's loop when it has read what is there. */
  close(): void;
}

/**
 * Written by hand and no async generator: a generator that waits for its next line cannot be ended from outside, and execa waits for its
 * input to end before it tells that the program has.
 */
export function createLineQueue(): LineQueue {
  const lines: string[] = [];
  let closed = false;
  let answer: ((result: IteratorResult<string, undefined>) => void) | undefined;

  function take(): IteratorResult<string, undefined> | undefined {
    const value = lines.shift();
    if (value !== undefined) return { value, done: false };
    return closed ? { value: undefined, done: true } : undefined;
  }

  function give(): void {
    const result = answer && take();
    if (!result) return;
    answer?.(result);
    answer = undefined;
  }

  function close(): void {
    closed = true;
    give();
  }

  return {
    push: (line) => {
      if (!closed) lines.push(`${line}\n`);
      give();
    },
    close,
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise((resolve) => {
          answer = resolve;
          give();
        }),
      return: async () => {
        lines.length = 0;
        close();
        return { value: undefined, done: true };
      },
    }),
  };
}
