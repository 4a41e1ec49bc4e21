import { html, type Markup, sentence } from './markup.ts';

/** Sentences under each other; undefined where there is none. */
export const list = (lines: readonly string[]): Markup | undefined =>
  lines.length === 0 ? undefined : html`<ul class="notes">${lines.map((line) => html`<li>${sentence(line)}</li>`)}</ul>`;
