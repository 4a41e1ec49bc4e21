import { notesOf } from '../../../compare/notes.ts';
import { bridgeLines } from '../../../words/family-lines.ts';
import { deathLines } from '../../../words/headline.ts';
import { noteText } from '../../../words/note.ts';
import { skipLine } from '../../../words/skip.ts';
import { list } from '../list.ts';
import { html } from '../markup.ts';
import type { RunSection } from '../section.ts';

/** What a reader must know before trusting a figure. */
export const validity: RunSection = ({ shown: { analysis } }) => {
  const { families, equivalencePercent, skips, problems } = analysis;
  const parts = [
    { title: 'Cut short', lines: deathLines(families) },
    { title: 'Checks and outliers', lines: families.flatMap(notesOf).map((note) => noteText(note, equivalencePercent)) },
    {
      title: 'Across kernels or versions, without a verdict',
      lines: bridgeLines(analysis).flatMap(({ against, sides }) => [against, ...sides]),
    },
    { title: 'Skipped', lines: skips.map(skipLine) },
    { title: 'Problems with the files', lines: problems },
  ].filter(({ lines }) => lines.length > 0);
  if (parts.length === 0) return undefined;
  return {
    id: 'validity',
    title: 'Validity',
    body: html`${parts.map(({ title, lines }) => html`<p class="part">${title}</p>${list(lines)}`)}`,
  };
};
