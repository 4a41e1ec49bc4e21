import type { Comparison } from '../../compare/comparison.ts';
import { methodOf } from '../../compare/method.ts';
import type { Verdict } from '../../compare/verdict.ts';
import { proofMark, sides } from '../../words/answer.ts';
import { count, interval, ratio } from '../../words/format.ts';
import { methodWords } from '../../words/method.ts';
import { noVerdictWords } from '../../words/no-verdict.ts';
import { html, label, type Markup, type Part } from './markup.ts';
import { ratioStrips } from './ratio-strip.ts';
import { dataTable, type TableCell } from './table.ts';

export interface VerdictTable {
  readonly caption: string;
  readonly equivalencePercent: number;
  readonly comparisons: readonly Comparison[];
  /** How many comparisons were tested. */
  readonly tests: number;
}

/** Comparisons with what they came to, each ratio drawn with its interval beside the band of equivalence. */
export function verdictTable({ caption, equivalencePercent, comparisons, tests }: VerdictTable): Markup {
  const strip = ratioStrips(
    comparisons.flatMap(({ estimate }) => estimate ?? []),
    equivalencePercent,
  );
  const method = methodWords(methodOf({ tests, comparisons }, equivalencePercent));
  return dataTable({
    caption: html`${caption} <span class="note">Grey band: equivalent within ${equivalencePercent} %. ${method}</span>`,
    name: caption,
    columns: [
      { title: 'compared' },
      { title: 'verdict' },
      { title: 'ratio', numeric: true },
      { title: '95 % interval', numeric: true },
      { title: 'ratio and interval, log scale', picture: true },
      { title: 'blocks', numeric: true },
    ],
    rows: comparisons.map((comparison): TableCell[] => {
      const { estimate, verdict } = comparison;
      const mark = proofMark(comparison);
      return [
        { shown: [label(sides(comparison)), mark !== undefined && html` <span class="note">${mark}</span>`] },
        { shown: verdictMark(verdict), value: ORDER.indexOf(verdict.kind) },
        { shown: estimate ? ratio(estimate.ratio) : '-', value: estimate?.ratio },
        { shown: estimate ? interval(estimate.interval95) : '-', value: estimate?.interval95[0] },
        { shown: estimate && strip(estimate) },
        { shown: estimate?.n ?? '-', value: estimate?.n },
      ];
    }),
  });
}

const ORDER: readonly Verdict['kind'][] = ['slower', 'faster', 'equivalent', 'cannot-tell', 'none'];

/** The word says it; sign and colour only repeat it. */
function verdictMark(verdict: Verdict): Part {
  const mark = (sign: string, word: string, more?: string) =>
    html`<span class="verdict ${verdict.kind}"><span aria-hidden="true">${sign}</span> ${word}</span>${more !== undefined && html` <span class="note">${more}</span>`}`;
  switch (verdict.kind) {
    case 'faster':
      return mark('▲', 'faster');
    case 'slower':
      return mark('▼', 'slower');
    case 'equivalent':
      return mark('≈', 'equivalent');
    case 'cannot-tell':
      return mark(
        '?',
        'cannot tell',
        verdict.moreBlocks === undefined ? undefined : `about ${count(verdict.moreBlocks, 'more block')}`,
      );
    case 'none':
      return mark('–', 'no verdict', noVerdictWords(verdict.because).reason);
  }
}
