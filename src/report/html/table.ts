import { html, type Markup, type Part } from './markup.ts';

export interface Column {
  readonly title: string;
  /** Figures stand right, under each other. */
  readonly numeric?: boolean;
  /** It shows what other columns say, so there is nothing to sort by. */
  readonly picture?: boolean;
}

export interface TableCell {
  readonly shown: Part;
  /** What the column is sorted by where that is not what is shown. */
  readonly value?: number | undefined;
}

export interface DataTable {
  readonly caption: Part;
  /** For the box that scrolls where the table is wider than the page. */
  readonly name: string;
  readonly columns: readonly Column[];
  /** The first cell of a row is its head. */
  readonly rows: readonly (readonly TableCell[])[];
}

/** Longer tables scroll by themselves, so that what stands under them is not pushed out of reach. */
const LONG = 16;

/** A table whose columns the page's script lets the reader sort by. */
export function dataTable({ caption, name, columns, rows }: DataTable): Markup {
  const numbers = columns.map(({ numeric }) => numeric === true && html` class="number"`);
  return html`<div class="${rows.length > LONG ? 'scroll long' : 'scroll'}" role="group" aria-label="${name}" tabindex="0"><table class="data">
<caption><div>${caption}</div></caption>
<thead><tr>${columns.map((column, index) => html`<th scope="col"${numbers[index]}>${head(column)}</th>`)}</tr></thead>
<tbody>
${rows.map((cells) => html`<tr>${cells.map((cell, index) => tableCell(cell, index, numbers[index]))}</tr>\n`)}</tbody>
</table></div>`;
}

// Without a script nothing can be sorted, so the buttons show once it runs.
const head = ({ title, picture }: Column): Part => (picture ? title : html`<button type="button" class="sort">${title}</button>`);

function tableCell({ shown, value }: TableCell, index: number, number: Part): Markup {
  const sorted = value !== undefined && Number.isFinite(value) && html` data-value="${value}"`;
  return index === 0 ? html`<th scope="row"${sorted}>${shown}</th>` : html`<td${number}${sorted}>${shown}</td>`;
}
