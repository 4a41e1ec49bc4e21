import { Inflate } from 'pako';

/** The range that is asked of a histogram: 1 us to 1 minute at 3 significant digits. */
export const HISTOGRAM_RANGE = { lowest: 1, highest: 60_000_000, digits: 3 } as const;

/** Buckets that the range takes: one of 2,048 steps, then the upper half of each doubling (17 halves of 1,024). */
const BUCKETS = 17 * 1024;

// HdrHistogram V2, "Encoding" in https://github.com/HdrHistogram/HdrHistogram: cookies with the word size bits set to 1.
const COMPRESSED = 0x1c849314;
const PLAIN = 0x1c849313;
const HEADER = 40;
const WORD = 9;
const LONGEST_PLAIN = HEADER + BUCKETS * WORD;
/** Deflate adds five bytes per 16 KiB of what it cannot compress (RFC 1951, 3.2.4); base64 makes four letters of three bytes. */
const LONGEST_TEXT = 4 * Math.ceil((LONGEST_PLAIN + 1024) / 3);
const CHUNK = 16 * 1024;

/**
 * The counts of a compressed HdrHistogram by index, up to the last that it holds. The text is a stranger's: its length, both headers, the inflated size,
 * each word and the sum are checked before any of them is used, so it takes bounded time and memory.
 * @throws RangeError or SyntaxError that says what is wrong.
 */
export function histogramCounts(text: string): Float64Array {
  if (text.length > LONGEST_TEXT) throw new RangeError(`it has ${text.length} characters; the limit is ${LONGEST_TEXT}`);
  return counts(inflated(contents(bytesOf(text))));
}

function bytesOf(text: string): Uint8Array {
  // atob alone would pass over white space.
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new SyntaxError('it is not base64');
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** The compressed part, without its header of two numbers: cookie and length. */
function contents(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 8) throw new RangeError('it is truncated');
  const header = view(bytes);
  if (header.getUint32(0) !== COMPRESSED) throw new SyntaxError('it is not a compressed HdrHistogram V2');
  const length = header.getUint32(4);
  if (length !== bytes.length - 8) throw new RangeError(`it declares ${length} compressed bytes and has ${bytes.length - 8}`);
  return bytes.subarray(8);
}

function inflated(compressed: Uint8Array): Uint8Array {
  // 15: zlib's own format (RFC 1950) and no other, with its checksum.
  const inflate = new Inflate({ windowBits: 15, chunkSize: CHUNK });
  let length = 0;
  inflate.onData = (chunk) => {
    length += chunk.length;
    if (length > LONGEST_PLAIN) throw new RangeError(`it inflates to more than ${LONGEST_PLAIN} bytes`);
    inflate.chunks.push(chunk);
  };
  inflate.push(compressed, true);
  if (inflate.err !== 0 || !inflate.ended) throw new SyntaxError(`it does not inflate: ${inflate.msg || 'it is truncated'}`);
  return inflate.result;
}

function counts(plain: Uint8Array): Float64Array {
  if (plain.length < HEADER) throw new RangeError('its contents are truncated');
  const header = view(plain);
  if (header.getUint32(0) !== PLAIN) throw new SyntaxError('its contents are not an HdrHistogram V2');
  const payload = header.getUint32(4);
  if (payload !== plain.length - HEADER)
    throw new RangeError(`it declares ${payload} bytes of counts and has ${plain.length - HEADER}`);
  const { lowest, highest, digits } = HISTOGRAM_RANGE;
  const range = [header.getUint32(12), header.getBigUint64(16), header.getBigUint64(24)];
  // The fourth is the index offset: 0 in Java, and 1 as hdr-histogram-js writes it and no reader of V2 heeds it.
  if (header.getUint32(8) > 1 || range[0] !== digits || range[1] !== BigInt(lowest) || range[2] !== BigInt(highest))
    throw new RangeError(`it is not of ${digits} digits from ${lowest} to ${highest} us`);
  return countsIn(plain.subarray(HEADER));
}

/**
 * Words in ZigZag LEB128-64b9B: seven bits a byte, the ninth byte whole; the lowest bit is the sign. A positive word is a count, a negative
 * one a run of zeros, and so long. What lies past 2^53 is not exact, and refused by its sum.
 */
function countsIn(payload: Uint8Array): Float64Array {
  const found = new Float64Array(BUCKETS);
  let index = 0;
  let total = 0;
  for (let at = 0; at < payload.length; ) {
    const negative = (payload[at]! & 1) === 1;
    let zigzag = 0;
    let scale = 1;
    for (let part = 1; ; part++, scale *= 128) {
      const byte = payload[at++];
      if (byte === undefined) throw new RangeError('its last count is truncated');
      zigzag += (part === WORD ? byte : byte & 0x7f) * scale;
      if (part === WORD || byte < 0x80) break;
    }
    if (negative) index += (zigzag + 1) / 2;
    else {
      found[index++] = zigzag / 2;
      total += zigzag / 2;
    }
    if (index > BUCKETS) throw new RangeError(`it has counts past the last of ${BUCKETS} buckets`);
    if (total > Number.MAX_SAFE_INTEGER) throw new RangeError('its counts exceed the largest safe number');
  }
  return found.subarray(0, index);
}

const view = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength);
