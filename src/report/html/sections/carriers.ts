import { carrierLines } from '../../../words/family-lines.ts';
import { list } from '../list.ts';
import { html } from '../markup.ts';
import type { RunSection } from '../section.ts';

/** The processes that used CPU for the traffic of each scenario. */
export const carriers: RunSection = ({ shown: { analysis } }) => {
  const lines = list(analysis.families.flatMap(carrierLines));
  return (
    lines && {
      id: 'carriers',
      title: 'Processes that carried the traffic',
      body: html`<p>CPU time per 1,000 requests.</p>${lines}`,
    }
  );
};
