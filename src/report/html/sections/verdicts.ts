import { seriesTitle } from '../../../compare/names.ts';
import { metricName } from '../../../words/answer.ts';
import { html } from '../markup.ts';
import type { RunSection } from '../section.ts';
import { verdictTable } from '../verdict-table.ts';

/** Every comparison of the run, a table for each series of each family. */
export const verdicts: RunSection = ({ shown: { analysis } }) => {
  const { families, equivalencePercent } = analysis;
  const tables = families.flatMap(({ title, tables }) => tables.map((table) => ({ title, ...table })));
  const compared = tables.filter(({ comparisons }) => comparisons.length > 0);
  if (compared.length === 0) return undefined;
  const several = families.length > 1;
  return {
    id: 'verdicts',
    title: 'Verdicts',
    body: html`${compared.map(({ title, series, metric, comparisons, tests }) =>
      verdictTable({
        caption: `${several ? `${title}: ` : ''}${seriesTitle(series)}, ${metricName(metric)}`,
        equivalencePercent,
        comparisons,
        tests,
      }),
    )}`,
  };
};
