import { allOf } from '../waiting/in-parallel.ts';
import type { Progress, StepProgress } from './progress.ts';

/** A step whose inner steps are told as its own words: a terminal shows one list at a time. */
export function inOneVoice(told: Omit<StepProgress, 'inner'>, note: Progress['note']): StepProgress {
  const step: Progress['step'] = (title, work) => {
    told.update(`${title} ...`);
    return work(inOneVoice({ update: (text) => told.update(`${title}: ${text}`), cell: told.cell }, note));
  };
  return { ...told, inner: { step, note, all: (steps) => allOf(steps.map(({ title, work }) => step(title, work))) } };
}
