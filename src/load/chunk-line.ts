import { BAD, CR, DONE, hexDigit, LF, MORE, SEMICOLON, SPACE, type Step, TAB, TEXT } from './octets.ts';

export interface ChunkLine {
  /** Takes the next byte; DONE at the end of the line. */
  read(byte: number): Step;
  /** Bytes of the chunk's data; 0 is the last chunk. */
  readonly size: number;
  begin(): void;
}

// What the next byte is part of.
const SIZE = 0;
const SPACING = 1;
const EXTENSION = 2;
const LINE_END = 3;

/** Reads a chunk's size and passes over its extensions (RFC 9112, 7.1 and 7.1.1): any number of zeros before the size, space after it. */
export function createChunkLine(): ChunkLine {
  let part = SIZE;
  let digits = 0;
  let size = 0;

  function readSize(byte: number): Step {
    const digit = hexDigit(byte);
    if (digit < 0) {
      part = SPACING;
      return digits === 0 ? BAD : readSpacing(byte);
    }
    digits++;
    size = size * 16 + digit;
    return size > Number.MAX_SAFE_INTEGER ? BAD : MORE;
  }

  function readSpacing(byte: number): Step {
    if (byte === CR) part = LINE_END;
    else if (byte === SEMICOLON) part = EXTENSION;
    else if (byte !== SPACE && byte !== TAB) return BAD;
    return MORE;
  }

  function readExtension(byte: number): Step {
    if (byte === CR) part = LINE_END;
    else if (TEXT[byte] === 0) return BAD;
    return MORE;
  }

  return {
    read: (byte) => {
      if (part === SIZE) return readSize(byte);
      if (part === SPACING) return readSpacing(byte);
      if (part === EXTENSION) return readExtension(byte);
      return byte === LF ? DONE : BAD;
    },
    get size() {
      return size;
    },
    begin: () => {
      part = SIZE;
      digits = 0;
      size = 0;
    },
  };
}
