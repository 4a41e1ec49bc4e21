import type { Progress, StepProgress } from './progress.ts';

/** A step whose inner steps are told as its own words: a terminal shows one list at a time. */
export function inOneVoice(told: Omit<StepProgress, 'inner'>, note: Progress['note']): StepProgress {
  const step: Progress['step'] = (title, work) => {
    told.update(`${title} ...`);
    return work(inOneVoice({ update: (text) => told.update(`${title}: ${text}`), cell: told.cell }, note));
  };
  return { ...told, inner: { step, note, all: (steps) => allSettled(steps.map(({ title, work }) => step(title, work))) } };
}

/** The values of works that go on at once; the first error is thrown when all have ended. */
export async function allSettled<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(works);
  const failure = settled.find((one) => one.status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
  return settled.map((one) => (one as PromiseFulfilledResult<T>).value);
}
