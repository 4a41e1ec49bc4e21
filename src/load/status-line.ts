import { BAD, CR, DONE, isDigit, LF, MORE, SPACE, type Step } from './octets.ts';

export interface StatusLine {
  /** Takes the next byte of the line; DONE at its end. */
  read(byte: number): Step;
  /** As sent, also codes that no standard has (RFC 9110, 15). */
  readonly status: number;
  /** Of HTTP/1.x. */
  readonly minorVersion: number;
  begin(): void;
}

const START = Buffer.from('HTTP/1.');
const DIGITS = 3;

// What the next byte is part of.
const VERSION = 0;
const STATUS = 1;
const AFTER_STATUS = 2;
const REASON = 3;
const LINE_END = 4;

/** Reads `HTTP/1.x NNN reason` (RFC 9112, 4). Empty lines before it are passed over, and a reason may be missing, as for llhttp. */
export function createStatusLine(): StatusLine {
  let part = VERSION;
  let index = 0;
  let status = 0;
  let minorVersion = 0;

  function readVersion(byte: number): Step {
    if (index === 0 && (byte === CR || byte === LF)) return MORE;
    if (index < START.length) return byte === START[index++] ? MORE : BAD;
    if (!isDigit(byte)) return BAD;
    minorVersion = byte - 48;
    index = 0;
    part = STATUS;
    return MORE;
  }

  function readStatus(byte: number): Step {
    if (index++ === 0) return byte === SPACE ? MORE : BAD;
    if (!isDigit(byte)) return BAD;
    status = status * 10 + byte - 48;
    if (index > DIGITS) part = AFTER_STATUS;
    return MORE;
  }

  function readReason(byte: number): Step {
    if (byte === CR) part = LINE_END;
    else if (byte === LF || (part === AFTER_STATUS && byte !== SPACE)) return BAD;
    else part = REASON;
    return MORE;
  }

  return {
    read: (byte) => {
      if (part === VERSION) return readVersion(byte);
      if (part === STATUS) return readStatus(byte);
      if (part !== LINE_END) return readReason(byte);
      return byte === LF ? DONE : BAD;
    },
    get status() {
      return status;
    },
    get minorVersion() {
      return minorVersion;
    },
    begin: () => {
      part = VERSION;
      index = 0;
      status = 0;
      minorVersion = 0;
    },
  };
}
