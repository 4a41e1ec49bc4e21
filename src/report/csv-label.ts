import { OBEYED } from './plain.ts';

/** What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection), full-width forms included. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const ESCAPE = /\\u([0-9a-f]{4})/g;

/**
 * A label as a CSV field holds it: itself, except that what a spreadsheet or a terminal would obey is written as JSON writes it,
 * \uXXXX: a first character that begins a formula, control characters other than tab and newline, bidirectional controls. So that
 * every label reads back as it was, a backslash before such a sequence is written so too.
 */
export const csvLabel = (label: string): string =>
  label
    .replace(/\\(?=u[0-9a-f]{4})/g, escaped('\\'))
    .replace(OBEYED, (character) => (character === '\t' || character === '\n' ? character : escaped(character)))
    .replace(FORMULA, escaped);

/** The label that a field of `csvLabel` was made of. */
export const labelOfCsv = (field: string): string =>
  field.replace(ESCAPE, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
