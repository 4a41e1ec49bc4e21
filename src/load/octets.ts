export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const SPACE = 32;
export const COLON = 58;
export const SEMICOLON = 59;

/** What a reader that is given one byte at a time says of it. Numbers, because it is asked for each byte of a head. */
export const MORE = 0;
export const DONE = 1;
export const BAD = 2;
export type Step = typeof MORE | typeof DONE | typeof BAD;

/** By byte, 1 for tchar of RFC 9110, 5.6.2. */
export const TOKEN = table((char) => /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(char));
/** By byte, 1 for what a field's value may have (RFC 9110, 5.5). */
export const TEXT = table((char) => char === '\t' || (char >= ' ' && char !== '\x7f'));

export const isDigit = (byte: number) => byte >= 48 && byte <= 57;

/** The value of a hexadecimal digit, -1 for any other byte. */
export function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - 48;
  const lower = byte | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function table(has: (char: string) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (has(String.fromCharCode(byte)) ? 1 : 0));
}
