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
      return `${scenario(note)} has no figures, since it is not proven: ${note.unproven.map(unprovenText).join('; ')}`;
    case 'unobserved':
      return `${note.places.map(scenario).join('; ')}: ${note.subject} not proven, and not refuted: ${unobservedTexts(note.reasons).join('; ')}`;
    case 'failed-check': {
      const cells = note.cells.map(
        (one) => `${scenario(one)}, ${seriesTitle(one.series)} (${one.blocks} of ${count(one.of, 'block')})`,
      );
      const { seen, remedy } = checkWords(note.seen);
      return `check ${note.name} failed, ${note.unranks ? 'so not ranked' : 'in too few blocks to take it out of the ranking'}: ${cells.join('; ')}. Seen: ${seen}. Remedy: ${remedy}`;
    }
    case 'outlier':
      return `block ${note.block + 1} is an outlier, and kept: ${scenario(note)}, ${seriesTitle(note.series)}: ${metricName(note.metric)} ${figure(note.figure)} (median of all blocks: ${figure(note.median)})`;
    case 'clusters-differ':
      return `the clusters differ even without a Service, so read their modes with care: ${answerText(note.comparison, equivalencePercent)}`;
  }
}

const scenario = ({ mode, place }: Place): string => `${mode}, ${place}`;
