import { html, label, type Markup } from './markup.ts';

/** The name that a run has among those of its lab: the last part of its folder's path, which stands whole under Environment. */
export const runName = (directory: string): Markup => html`<span class="run">${label(directory.split('/').at(-1)!)}</span>`;
