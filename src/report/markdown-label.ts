import { plainLabel } from './plain.ts';

/** What GitHub's Markdown takes for markup anywhere, around a word, as a notification or a link, or at the beginning of a line. */
const MARKUP = /[&<>|\\`*~$[\]]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|[@#]|\bGH-(?=\d)|:\/\/|\bwww\.|^[-+=]|^\d+[.)](?=\s|$)/giu;

/**
 * A label as one line of GitHub's Markdown that shows as it is: no markup, no HTML, no cell border, no link, and nobody is notified.
 * `@name` and `#1` get a zero-width space inside, as GitHub looks for them in the text that is left when all escapes are undone.
 */
export const markdownLabel = (label: string): string => plainLabel(label).trim().replace(MARKUP, escaped);

function escaped(markup: string): string {
  if (markup === '@' || markup === '#' || /^gh-$/i.test(markup)) return `${markup}&#8203;`;
  if (markup === '://') return ':&#47;&#47;';
  // Of "www." and "1." the dot, of all others the character itself.
  return `${markup.slice(0, -1)}&#${markup.codePointAt(markup.length - 1)};`;
}
