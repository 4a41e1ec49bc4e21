import type { NoVerdict } from '../compare/no-verdict.ts';
import { checkWords } from './check.ts';
import type { ObstacleWords } from './obstacle.ts';
import { outcomeWords } from './outcome.ts';
import { unprovenText } from './problem.ts';

/** Why there is no verdict, and what to do about it. */
export function noVerdictWords(why: NoVerdict): ObstacleWords {
  switch (why.code) {
    case 'unproven':
      return {
        reason: `${why.mode}, ${why.place} is not proven`,
        ...(why.unproven[0] ? { remedy: unprovenText(why.unproven[0]) } : {}),
      };
    case 'unmeasured':
      return { reason: `${why.mode}, ${why.place} was not measured` };
    case 'failed-checks':
      return {
        reason: `${why.mode}, ${why.place} failed ${why.checks.map(({ name }) => name).join(', ')}`,
        ...(why.checks[0] ? { remedy: checkWords(why.checks[0].seen).remedy } : {}),
      };
    case 'kernel-unknown':
      return { reason: 'the kernel was not recorded' };
    case 'kernels-differ':
      return { reason: `kernels ${why.kernels[0]} and ${why.kernels[1]} differ` };
    case 'versions-differ':
      return { reason: `Kubernetes versions ${why.versions.map((version) => version ?? 'none').join(' and ')} differ` };
    case 'run-cut-short':
      return { reason: `the run ${outcomeWords[why.outcome]}`, remedy: 'run the lab again' };
    case 'too-few-blocks':
      return {
        reason: `${blocks(why.blocks)} both, and a verdict needs ${why.needed}`,
        remedy: `run the lab with ${why.needed} blocks or more`,
      };
    case 'no-spread':
      return { reason: 'all blocks have the same ratio', remedy: 'use longer windows' };
  }
}

const blocks = (count: number): string => (count === 0 ? 'no block has' : count === 1 ? 'one block has' : `${count} blocks have`);
