import type { Skip } from '../lab/skip.ts';
import { type ObstacleWords, obstacleWords } from './obstacle.ts';

/** What does not run, why, and what to do about it. */
export const skipWords = (skip: Skip): ObstacleWords & { readonly what: string } => ({
  what: whatOf(skip),
  ...obstacleWords(skip.because),
});

/** "what: reason; remedy", in one line. */
export function skipLine(skip: Skip): string {
  const { what, reason, remedy } = skipWords(skip);
  return `${what}: ${reason}${remedy === undefined ? '' : `; ${remedy}`}`.replace(/\s*\n\s*/g, ' ');
}

function whatOf(skip: Skip): string {
  switch (skip.code) {
    case 'mode':
      return skip.mode;
    case 'target':
      return skip.target;
    case 'series':
      return skip.series;
    case 'services':
      return `${skip.services} Services`;
    case 'series-of-mode':
      return `${skip.mode} ${skip.series}`;
    case 'series-of-target':
      return `${skip.target} ${skip.series}`;
    case 'reference':
      return `reference ${skip.reference} for ${skip.modes.join(', ')}`;
    case 'link':
      return `${skip.property} of the nodes' links`;
    case 'stated':
      return skip.what;
  }
}
