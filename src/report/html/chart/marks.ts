import { html, label, type Markup } from '../markup.ts';

/** How one line or group of marks looks: never by colour alone. */
export interface Look {
  readonly colour: string;
  readonly symbol: string;
  readonly dash: readonly number[];
}

const SYMBOLS = ['circle', 'rect', 'triangle', 'diamond'] as const;
const DASHES = [[], [6, 4], [2, 3], [10, 3, 2, 3]] as const;
/** Colours that the page's style defines, `--c1` to `--c8`. */
const COLOURS = 8;

/** The n-th look: colours repeat after 8, symbols after 4, so no two of the first 8 share both. */
export const look = (index: number): Look => ({
  colour: `var(--c${(index % COLOURS) + 1})`,
  symbol: SYMBOLS[(index + Math.floor(index / COLOURS)) % SYMBOLS.length]!,
  dash: DASHES[Math.floor(index / SYMBOLS.length) % DASHES.length]!,
});

/** The n-th dash, for what is told apart within one colour. */
export const dashOf = (index: number): readonly number[] => DASHES[index % DASHES.length]!;

export interface LegendEntry extends Look {
  readonly name: string;
  /** Not ranked: its marks are hollow. */
  readonly hollow?: boolean;
}

/** A list of what the marks stand for; it wraps where the page is narrow. */
export function legend(entries: readonly LegendEntry[]): Markup {
  return html`<ul class="legend">${entries.map((entry) => html`<li>${swatch(entry)} ${label(entry.name)}</li>`)}</ul>`;
}

const SHAPES: Readonly<Record<string, string>> = {
  circle: 'M9 7a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z',
  rect: 'M9.5 2.5h9v9h-9Z',
  triangle: 'M14 1.5L19.5 11.5H8.5Z',
  diamond: 'M14 1L20 7L14 13L8 7Z',
};

function swatch({ colour, symbol, dash, hollow }: LegendEntry): Markup {
  return html`<svg aria-hidden="true" width="28" height="14" viewBox="0 0 28 14"><path d="M0 7H28" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash.join(' ')}"/><path d="${SHAPES[symbol]}" fill="${hollow ? 'var(--page)' : colour}" stroke="${colour}" stroke-width="1.5"/></svg>`;
}
