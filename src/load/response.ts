import { createChunkLine } from './chunk-line.ts';
import { createFieldSection } from './field-section.ts';
import { createFramingFields, type FramingFields } from './framing-fields.ts';
import { BAD, CR, DONE, LF, MORE, type Step } from './octets.ts';
import { createStatusLine } from './status-line.ts';

/** What was wrong with a response, beside the codes of the system such as ECONNRESET. */
export type ResponseFault =
  | 'BAD_STATUS_LINE'
  | 'BAD_FIELD'
  | 'BAD_LENGTH'
  /** 101 to a client that asked for no other protocol (RFC 9110, 7.8). */
  | 'SWITCHED_PROTOCOLS'
  | 'BAD_CHUNK'
  | 'HEAD_TOO_LARGE'
  /** The response is complete, and more came that was not asked for. */
  | 'EXTRA_BYTES'
  /** The connection ended before the first byte of the response. */
  | 'CLOSED'
  /** The connection ended within the response. */
  | 'CUT_OFF';

export interface ResponseReader {
  /** Takes what came in, `length` bytes of it; true when the response is over: complete or faulty. */
  push(chunk: Uint8Array, length?: number): boolean;
  /** Takes the end of the connection: it completes a response without a length, and is the fault of any other. */
  end(): void;
  /** The final response has come to its last byte. With EXTRA_BYTES too. */
  readonly complete: boolean;
  readonly fault: ResponseFault | undefined;
  /** Of the response that is read, as sent; of the final one when `complete`. */
  readonly status: number;
  /** Another request may be sent on the connection: false after "close", from HTTP/1.0 without "keep-alive", and where closing ends the response. */
  readonly keepsConnection: boolean;
  /** Gets ready for the next response. `toHead`: it answers a HEAD, and has no body. */
  reset(toHead?: boolean): void;
}

/** Bytes of a head, of trailers, of a chunk's line: Node's own limits (nodejs.org, --max-http-header-size). */
const SECTION_LIMIT = 16 * 1024;

// What the next byte is part of; from CHUNK_DATA on bytes are counted and not looked at.
const STATUS_LINE = 0;
const FIELDS = 1;
const CHUNK_LINE = 2;
const CHUNK_CR = 3;
const CHUNK_LF = 4;
const TRAILERS = 5;
const CHUNK_DATA = 6;
const LENGTH_DATA = 7;
const UNTIL_CLOSE = 8;
const OVER = 9;

const FAULT_OF_PART: readonly ResponseFault[] = [
  'BAD_STATUS_LINE',
  'BAD_FIELD',
  'BAD_CHUNK',
  'BAD_CHUNK',
  'BAD_CHUNK',
  'BAD_FIELD',
];

/**
 * Reads the response to one request as it comes, split anywhere (RFC 9112): informational responses first, then one with a body by length, in
 * chunks, until the connection closes, or without one. A line ends with CRLF, as for llhttp. Where llhttp refuses what the standard has a
 * client accept, the standard decides: folded lines, a length given twice, space before a chunk extension.
 *
 * No library offers this: http-parser-js, which autocannon brings, takes 103 for the answer and waits for a body after 204; undici has llhttp as
 * WebAssembly and exports no parser; Node's own is internal.
 * @param onBody gets each part of the body; its bytes are valid until it returns.
 */
export function createResponseReader(onBody?: (part: Uint8Array) => void): ResponseReader {
  const line = createStatusLine();
  const section = createFieldSection();
  const fields = createFramingFields();
  const chunk = createChunkLine();
  let part = STATUS_LINE;
  let toHead = false;
  let begun = false;
  let complete = false;
  let fault: ResponseFault | undefined;
  let keepsConnection = false;
  let sectionBytes = 0;
  /** Bytes of the body or the chunk that are still to come. */
  let missing = 0;

  function fail(code: ResponseFault): void {
    fault = code;
    part = OVER;
  }

  function finish(): void {
    complete = true;
    part = OVER;
  }

  function begin(next: typeof STATUS_LINE | typeof FIELDS | typeof CHUNK_LINE | typeof TRAILERS): void {
    part = next;
    if (next !== FIELDS) sectionBytes = 0; // a status line and its fields are one head
    if (next === STATUS_LINE) line.begin();
    else if (next === CHUNK_LINE) chunk.begin();
    else if (next === TRAILERS) section.begin(undefined);
    else {
      fields.clear();
      section.begin(fields);
    }
  }

  function endHead() {
    const { status } = line;
    const body = fields.body();
    if (body === 'bad-length') return fail('BAD_LENGTH'); // in any response, also in one without a body
    if (status === 101) return fail('SWITCHED_PROTOCOLS');
    if (status >= 100 && status < 200) {
      begin(STATUS_LINE); // the answer is still to come (RFC 9110, 15.2)
      return;
    }
    keepsConnection = fields.keeps(line.minorVersion);
    // RFC 9112, 6.3, rule 1.
    if (toHead || status === 204 || status === 304) finish();
    else beginBody(body);
  }

  function beginBody(body: Exclude<ReturnType<FramingFields['body']>, 'bad-length'>): void {
    if (body === 0) finish();
    else if (body === 'chunked') begin(CHUNK_LINE);
    else if (body === 'until-close') {
      keepsConnection = false;
      part = UNTIL_CLOSE;
    } else {
      missing = body;
      part = LENGTH_DATA;
    }
  }

  function endChunkLine(): void {
    missing = chunk.size;
    if (missing === 0) begin(TRAILERS);
    else part = CHUNK_DATA;
  }

  function readByte(byte: number): void {
    const step = stepOf(byte);
    if (++sectionBytes > SECTION_LIMIT) fail(part === CHUNK_LINE ? 'BAD_CHUNK' : 'HEAD_TOO_LARGE');
    else if (step === MORE) return;
    else if (step === BAD) fail(FAULT_OF_PART[part]!);
    else if (part === STATUS_LINE) begin(FIELDS);
    else if (part === FIELDS) endHead();
    else if (part === CHUNK_LINE) endChunkLine();
    else if (part === CHUNK_CR) part = CHUNK_LF;
    else if (part === CHUNK_LF) begin(CHUNK_LINE);
    else finish();
  }

  function skipField(bytes: Uint8Array, at: number, length: number): number {
    const to = section.skip(bytes, at, length);
    sectionBytes += to - at;
    return to;
  }

  function stepOf(byte: number): Step {
    if (part === FIELDS || part === TRAILERS) return section.read(byte);
    if (part === CHUNK_LINE) return chunk.read(byte);
    if (part === CHUNK_CR) return byte === CR ? DONE : BAD;
    if (part === CHUNK_LF) return byte === LF ? DONE : BAD;
    if (byte !== CR && byte !== LF) begun = true; // empty lines may come before a response
    return line.read(byte);
  }

  /** Counts data from `at` on; returns where it ends. */
  function skipData(bytes: Uint8Array, at: number, length: number): number {
    const end = part === UNTIL_CLOSE ? length : Math.min(length, at + missing);
    onBody?.(bytes.subarray(at, end));
    missing -= end - at;
    if (part === UNTIL_CLOSE || missing > 0) return end;
    if (part === CHUNK_DATA) part = CHUNK_CR;
    else finish();
    return end;
  }

  return {
    push: (bytes, length = bytes.length) => {
      let at = 0;
      while (at < length && part !== OVER) {
        if (part >= CHUNK_DATA) at = skipData(bytes, at, length);
        else {
          readByte(bytes[at++]!);
          if (part === FIELDS || part === TRAILERS) at = skipField(bytes, at, length);
        }
      }
      if (at < length && complete && !onlyEmptyLines(bytes, at, length)) fault = 'EXTRA_BYTES';
      return part === OVER;
    },
    end: () => {
      if (part === UNTIL_CLOSE) finish();
      else if (part !== OVER) fail(begun ? 'CUT_OFF' : 'CLOSED');
    },
    get complete() {
      return complete;
    },
    get fault() {
      return fault;
    },
    get status() {
      return line.status;
    },
    get keepsConnection() {
      return keepsConnection && fault === undefined;
    },
    reset: (answersHead = false) => {
      toHead = answersHead;
      begun = false;
      complete = false;
      fault = undefined;
      keepsConnection = false;
      begin(STATUS_LINE);
    },
  };
}

function onlyEmptyLines(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== CR && bytes[at] !== LF) return false;
  return true;
}
