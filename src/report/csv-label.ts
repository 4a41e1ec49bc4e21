import { OBEYED } from './plain.ts';

/**
 * What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection), full-width forms included: at the beginning of a cell, and
 * so behind whatever another locale or an import's settings take for the end of one, past quotes and blanks.
 */
const FORMULA =
  /[=+\-@\uff1d\uff0b\uff0d\uff20](?<=(?:^|[,;:|\t\r\n \u00a0\u3000])["'\u2018-\u201f\s]*.)|^[\t\r\n]|[\t\r\n](?<=[,;:|]["']*.)/gsu;
const ESCAPE = /\\u([0-9a-f]{4})/g;

/**
 * A label as a CSV field holds it: itself, except that what a spreadsheet or a terminal would obey is written as JSON writes it,
 * \uXXXX: characters that begin a formula where a cell may begin, control characters other than tab and newline, bidirectional controls. So that
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
