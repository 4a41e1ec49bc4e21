import { throwFailures } from '../../errors.ts';

export interface Undo extends AsyncDisposable {
  /** Remembers what takes back the last step. */
  add(step: () => PromiseLike<void>): void;
  /** Everything went well: from now on nothing is taken back but by the function that it returns. */
  keep(): () => Promise<void>;
}

/** Takes steps back in reverse order, all of them, and throws what failed at the end; `await using` does so unless they are kept. */
export function undoSteps(): Undo {
  const steps: (() => PromiseLike<void>)[] = [];
  const undo = async (taken: (() => PromiseLike<void>)[]) => {
    const ended: PromiseSettledResult<void>[] = [];
    for (const step of taken.reverse()) ended.push(...(await Promise.allSettled([step()])));
    throwFailures(ended);
  };
  return {
    add: (step) => void steps.push(step),
    keep: () => {
      let kept = steps.splice(0);
      return () => {
        const taken = kept;
        kept = [];
        return undo(taken);
      };
    },
    [Symbol.asyncDispose]: () => undo(steps.splice(0)),
  };
}
