import { choiceWords } from '../../../words/provider-choice.ts';
import { environmentOf } from '../../environment.ts';
import { label } from '../markup.ts';
import type { RunSection } from '../section.ts';
import { dataTable } from '../table.ts';

/** Where it was measured, as observed. */
export const environment: RunSection = ({ shown: { run, analysis } }) => {
  const { name, chosen } = analysis.provider;
  const rows = [
    { where: 'run', what: 'results', value: analysis.directory },
    { where: 'run', what: 'provider', value: `${name} (${choiceWords(chosen)})` },
    { where: 'run', what: 'trafficlab', value: run.plan.trafficlab },
    ...environmentOf(run),
  ];
  return {
    id: 'environment',
    title: 'Environment',
    body: dataTable({
      caption: 'Observed values, not requested ones; proxy settings as configured or shipped',
      name: 'environment',
      columns: [{ title: 'what' }, { title: 'seen' }, { title: 'of' }],
      rows: rows.map(({ where, what, value }) => [{ shown: label(what) }, { shown: label(value) }, { shown: label(where) }]),
    }),
  };
};
