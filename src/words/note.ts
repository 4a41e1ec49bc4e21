import { seriesTitle } from '../compare/names.ts';
import type { Note, Place } from '../compare/notes.ts';
import { answerText, metricName } from './answer.ts';
import { checkWords } from './check.ts';
import { count, figure } from './format.ts';
import { unprovenText } from './problem.ts';
import { unobservedTexts } from './unobserved.ts';

/** A note on a family's tables, one sentence. @param equivalencePercent of the lab. */
export function noteText(note: Note, equivalencePercent: number): string {
  switch (note.code) {
    case 'unproven':
      return `${scenario(note)}: no figures, because its proof failed: ${note.unproven.map(unprovenText).join('; ')}`;
    case 'unobserved':
      return `${note.places.map(scenario).join('; ')}: ${note.subject} not observed, and not refuted: ${unobservedTexts(note.reasons).join('; ')}`;
    case 'failed-check': {
      const cells = note.cells.map(
        (one) => `${scenario(one)}, ${seriesTitle(one.series)} (${one.blocks} of ${count(one.of, 'block')})`,
      );
      const { seen, remedy } = checkWords(note.seen);
      return `check ${note.name} failed (${note.unranks ? 'not ranked' : 'in few blocks, still ranked'}): ${cells.join('; ')}. Seen: ${seen}. Remedy: ${remedy}`;
    }
    case 'outlier':
      return `block ${note.block + 1} is an outlier, kept: ${scenario(note)}, ${seriesTitle(note.series)}: ${metricName(note.metric)} ${figure(note.figure)} (median of all blocks: ${figure(note.median)})`;
    case 'clusters-differ':
      return `the clusters differ even at the pod IP, so their mode verdicts may be biased: ${answerText(note.comparison, equivalencePercent)}`;
  }
}

const scenario = ({ mode, place }: Place): string => `${mode}, ${place}`;
