import { skipLine } from '../../../words/skip.ts';
import { deathLines } from '../../headline.ts';
import { bridgeLines, notesOf } from '../../notes.ts';
import { list } from '../list.ts';
import { html } from '../markup.ts';
import type { RunSection } from '../section.ts';

/** What a reader must know before trusting a figure. */
export const validity: RunSection = ({ shown: { analysis } }) => {
  const { families, equivalencePercent, skips, problems } = analysis;
  const parts = [
    { title: 'Cut short', lines: deathLines(families) },
    { title: 'Checks and outliers', lines: families.flatMap((family) => notesOf(family, equivalencePercent)) },
    { title: 'Across kernels or versions, without a verdict', lines: bridgeLines(analysis) },
    { title: 'Skipped', lines: skips.map(skipLine) },
    { title: 'Problems with the files', lines: problems },
  ].filter(({ lines }) => lines.length > 0);
  if (parts.length === 0) return undefined;
  return {
    id: 'validity',
    title: 'Validity',
    body: html`${parts.map(({ title, lines }) => html`<p class="part">${title}</p>${list(lines.map(unlisted))}`)}`,
  };
};

/** The sentences that text reports share begin with the mark of a list. */
const unlisted = (line: string): string => line.replace(/^\s*- /, '');
