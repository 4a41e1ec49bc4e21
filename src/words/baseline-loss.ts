import type { Loss } from '../compare/baseline.ts';
import { notObserved } from '../compare/names.ts';
import { checkWords } from './check.ts';
import { unprovenText } from './problem.ts';

/** What a cell has less of than its baseline had. */
export function lossText(loss: Loss): string {
  switch (loss.code) {
    case 'missing':
      return 'not in this run';
    case 'unproven':
      return `not proven: ${loss.unproven.map(unprovenText).join('; ')}`;
    case 'unmeasured':
      return 'not measured';
    case 'unobserved':
      return notObserved(loss.subjects.map((subject) => ({ subject })));
    case 'fewer-blocks':
      return `only ${loss.blocks} of ${loss.planned} blocks were recorded`;
    case 'failed-checks':
      return `failed ${loss.checks.map(({ name, seen }) => `${name} (${checkWords(seen).seen})`).join(', ')}`;
  }
}
