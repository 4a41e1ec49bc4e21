import { FRAMING_FIELDS, type FramingFields } from './framing-fields.ts';
import { BAD, COLON, CR, DONE, LF, MORE, SPACE, type Step, TAB, TEXT, TOKEN } from './octets.ts';

export interface FieldSection {
  /** Takes the next byte; DONE after the empty line that ends the section. */
  read(byte: number): Step;
  /** Passes over bytes of a field that is not kept, which are most of a head; returns where the first byte of something else may be. */
  skip(bytes: Uint8Array, at: number, length: number): number;
  /** @param into takes the framing fields; those of trailers are passed over (RFC 9110, 6.5.1). */
  begin(into: FramingFields | undefined): void;
}

const NAMES = FRAMING_FIELDS.map((name) => Buffer.from(name));
const ALL = (1 << NAMES.length) - 1;

// What the next byte is part of.
const LINE_START = 0;
const NAME = 1;
const VALUE = 2;
const LINE_END = 3;
const SECTION_END = 4;

/** Reads field lines up to the empty one (RFC 9112, 5), and keeps only the values of the framing fields. A folded line continues the one before it (5.2). */
export function createFieldSection(): FieldSection {
  let fields: FramingFields | undefined;
  let part = LINE_START;
  let index = 0;
  /** Those of NAMES that the name may still be, as bits; after the colon, the one that it is. */
  let names = 0;
  let value = '';
  /** No line is continued by the first one. */
  let first = true;

  function readLineStart(byte: number): Step {
    if (byte === SPACE || byte === TAB) {
      if (first) return BAD;
      part = VALUE;
      return readValue(byte);
    }
    // Only now is the field before this line known to be whole.
    if (names !== 0) fields?.add(FRAMING_FIELDS[31 - Math.clz32(names)]!, value);
    names = 0;
    if (byte === CR) {
      part = SECTION_END;
      return MORE;
    }
    first = false;
    names = fields ? ALL : 0;
    value = '';
    index = 0;
    part = NAME;
    return readName(byte);
  }

  function readName(byte: number): Step {
    if (byte === COLON && index > 0) {
      if (names !== 0) names = ofLength(names, index);
      part = VALUE;
      return MORE;
    }
    if (TOKEN[byte] === 0) return BAD;
    if (names !== 0) names = stillPossible(names, index, byte);
    index++;
    return MORE;
  }

  function readValue(byte: number): Step {
    if (byte === CR) part = LINE_END;
    else if (TEXT[byte] === 0) return BAD;
    else if (names !== 0) value += String.fromCharCode(byte);
    return MORE;
  }

  return {
    read: (byte) => {
      if (part === VALUE) return readValue(byte);
      if (part === NAME) return readName(byte);
      if (part === LINE_START) return readLineStart(byte);
      if (byte !== LF) return BAD;
      if (part === SECTION_END) return DONE;
      part = LINE_START;
      return MORE;
    },
    skip: (bytes, at, length) => {
      if (names !== 0 || (part !== VALUE && part !== NAME)) return at;
      const passed = part === VALUE ? TEXT : TOKEN;
      let to = at;
      while (to < length && passed[bytes[to]!] === 1) to++;
      if (part === NAME) index += to - at;
      return to;
    },
    begin: (into) => {
      fields = into;
      part = LINE_START;
      names = 0;
      first = true;
    },
  };
}

/** The names that have this byte at this place. */
function stillPossible(names: number, index: number, byte: number): number {
  const lower = byte | 0x20; // a hyphen stays one
  let possible = names;
  for (let name = 0; name < NAMES.length; name++) if (NAMES[name]![index] !== lower) possible &= ~(1 << name);
  return possible;
}

/** The name that is this long, or none. */
function ofLength(names: number, length: number): number {
  let whole = names;
  for (let name = 0; name < NAMES.length; name++) if (NAMES[name]!.length !== length) whole &= ~(1 << name);
  return whole;
}
