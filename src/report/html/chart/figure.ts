import { html, type Markup, type Part } from '../markup.ts';
import { type DataTable, dataTable } from '../table.ts';
import { type Drawing, draw } from './draw.ts';
import { type LegendEntry, legend } from './marks.ts';

/** Two drawings of each chart, so that its text is legible on a phone too; the style shows the one that fits. */
const WIDTHS = { wide: 820, narrow: 350 } as const;

export interface Chart {
  readonly title: Part;
  /** What one sees, a sentence or two; for those who do not, with the table. */
  readonly description: string;
  readonly legend?: readonly LegendEntry[];
  readonly drawing: (width: number) => Omit<Drawing, 'width'>;
  /** The same figures. */
  readonly table: DataTable;
}

/** A chart with its caption, its legend, and its figures in a table that unfolds. */
export function chartFigure({ title, description, legend: entries = [], drawing, table }: Chart): Markup {
  const drawn = Object.entries(WIDTHS).map(
    ([name, width]) => html`<div class="${name}">${draw({ width, ...drawing(width) })}</div>`,
  );
  return html`<figure class="chart">
<figcaption>${title}</figcaption>
${entries.length > 1 && legend(entries)}
<div role="img" aria-label="${description}">${drawn}</div>
<details><summary>Figures of this chart</summary>${dataTable(table)}</details>
</figure>`;
}
