/** Any longer text is cut for display; a name may be hostile, and nobody reads on. */
const LONGEST = 500;

/**
 * What a terminal or a page would obey instead of showing: control characters (ANSI escapes begin with one), bidirectional marks,
 * embeddings, overrides and isolates, line and paragraph separators, and halves of surrogate pairs.
 * (Unicode Standard Annex 9; Unicode Technical Report 36, 3.7)
 */
export const OBEYED = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** A label as one line of text that is safe to show: white space is a space, what would be obeyed shows as U+FFFD. */
export function plainLabel(label: string): string {
  const line = label.replace(/[\t\n\r]+/g, ' ').replace(OBEYED, '\ufffd');
  const characters = [...line.slice(0, 2 * LONGEST)];
  if (line.length <= LONGEST || characters.length <= LONGEST) return line;
  return `${characters.slice(0, LONGEST).join('')}... (${line.length.toLocaleString('en')} characters)`;
}

/** A text of several lines, such as an error's message, that is safe to show. */
export const plainText = (text: string): string =>
  text.replace(OBEYED, (character) => (character === '\n' || character === '\t' ? character : '\ufffd'));
