import { format } from 'echarts/core';

const text: unique symbol = Symbol('HTML');

/** HTML that is safe as it stands. Only `html` and `trusted` make it, so that no text of a lab or a run can pass for it. */
export interface Markup {
  readonly [text]: string;
}

/** What may stand between the tags of a template; text and numbers are escaped, undefined and false are nothing. */
export type Part = Markup | string | number | undefined | false | readonly Part[];

/** A template of HTML: whatever is put into it is escaped, unless it is `Markup`. Attributes are to be quoted. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return trusted(strings.map((string, index) => (index === 0 ? string : markupOf(parts[index - 1]) + string)).join(''));
}

/** Takes text as HTML. For what a library rendered and escaped, and for style and script of our own; never for a label. */
export const trusted = (markup: string): Markup => ({ [text]: markup });

/** The HTML itself. */
export const markupText = (markup: Markup): string => markup[text];

/** A label by itself: right-to-left text in it turns nothing around it. */
export const label = (of: string): Markup => html`<bdi>${of}</bdi>`;

/** A sentence with labels in it; no line ends between a figure and its unit. */
export const sentence = (of: string): Markup => label(of.replace(/(\d) (?=(%|us|ms)(?![\p{L}\d]))/gu, '$1\u00a0'));

function markupOf(part: Part): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string') return format.encodeHTML(part);
  if (typeof part === 'number') return String(part);
  return text in part ? part[text] : part.map(markupOf).join('');
}
