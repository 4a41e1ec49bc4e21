import { reportJson } from '../../json.ts';
import type { Report } from '../../report.ts';
import { html, trusted } from '../markup.ts';
import type { ReportSection } from '../section.ts';

/** A page must stay one that can be mailed; its pictures take little beside this. */
const LONGEST = 3_500_000;

/**
 * The whole report as JSON inside the page. Where it would be too long, the histograms of single windows go, which are most of it; those
 * of the cells, merged from them, stay.
 */
export const rawData: ReportSection = ({ raw }) => {
  const whole = reportJson(raw, 0);
  const json = whole.length <= LONGEST ? whole : reportJson(withoutWindows(raw), 0);
  const left =
    json !== whole &&
    html` The histograms of single windows are left out to keep this page short; <code>npm run report -- --format json</code> writes them.`;
  return {
    id: 'raw-data',
    title: 'Raw data',
    body: html`<p>This page also contains everything above as JSON (docs/report.schema.json): records of every window, histograms of every cell, proofs.${left}</p>
<p><button type="button" id="download" hidden>Download report.json</button></p>
<script type="application/json" id="report">${trusted(json)}</script>`,
  };
};

const withoutWindows = (report: Report): Report => ({
  ...report,
  runs: report.runs.map(({ run, analysis }) => ({
    run: { ...run, cells: run.cells.map((cell) => ({ ...cell, histogram: '' })) },
    analysis,
  })),
});
