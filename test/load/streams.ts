import fc from 'fast-check';

/** What a server sends for one request: bytes in parts, and whether it then ends the connection. */
export interface Stream {
  readonly method: 'GET' | 'HEAD';
  readonly parts: readonly string[];
  readonly ends: boolean;
  /** More follows the response, in the same part as its end. */
  readonly extra: boolean;
}

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]{0,12}$/).map((text) => `X-${text}`);
const value = fc.stringMatching(/^[\x21-\x7e\xa0-\xff]([\x20-\x7e\t]{0,20}[\x21-\x7e])?$/);
const field = fc.tuple(name, fc.oneof(value, fc.constant(''))).map(([left, right]) => `${left}: ${right}\r\n`);
const fields = fc.array(field, { maxLength: 3 }).map((lines) => lines.join(''));
const body = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)), maxLength: 60 });
const extension = fc.constantFrom('', '', ';a', ';a=b', ';a="b;c"');
const informational = fc
  .tuple(fc.constantFrom('100 Continue', '102 Processing', '103 Early Hints'), fields)
  .map(([status, lines]) => `HTTP/1.1 ${status}\r\n${lines}\r\n`);

const chunked = fc
  .tuple(fc.array(fc.tuple(body, extension, fc.constantFrom('', '0', '000')), { maxLength: 4 }), extension, fields)
  .map(([chunks, last, trailers]) => {
    const data = chunks
      .filter(([text]) => text !== '')
      .map(([text, ext, zeros]) => `${zeros}${text.length.toString(16)}${ext}\r\n${text}\r\n`);
    return `${data.join('')}0${last}\r\n${trailers}\r\n`;
  });
const framed = fc.oneof(
  body.map((text) => ({ line: `Content-Length: ${text.length}\r\n`, text, untilClose: false })),
  chunked.map((text) => ({ line: 'Transfer-Encoding: chunked\r\n', text, untilClose: false })),
  body.map((text) => ({ line: '', text, untilClose: true })),
);

/** Responses as servers may send them, ended anywhere, or with one fault; none on which the standard and llhttp differ. (Both "close" and "keep-alive" in HTTP/1.0 keep the connection for llhttp.) */
export const stream: fc.Arbitrary<Stream> = fc
  .record({
    method: fc.constantFrom('GET' as const, 'GET' as const, 'GET' as const, 'HEAD' as const),
    before: fc.array(informational, { maxLength: 3 }),
    version: fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
    status: fc.constantFrom(200, 200, 200, 201, 204, 304, 404, 500, 503, 299),
    reason: fc.constantFrom(' OK', ' ', ''),
    connection: fc.constantFrom('', '', 'keep-alive', 'close', 'CLOSE', 'x, close'),
    lines: fields,
    framed,
    cutAt: fc.option(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { freq: 6 }),
    fault: fc.option(
      fc.constantFrom(...['status', 'field', 'length', 'lengths', 'both', 'bodiless', 'switch', 'chunk', 'junk', 'extra']),
      { freq: 5 },
    ),
    splits: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
  })
  .map(({ method, before, version, status, reason, connection, lines, framed: framing, cutAt, fault, splits }) => {
    const bodiless = method === 'HEAD' || status === 204 || status === 304;
    const options = connection.toLowerCase().split(', ');
    const closes =
      options.includes('close') || (version === '1.0' && !options.includes('keep-alive')) || (framing.untilClose && !bodiless);
    const head = `HTTP/${version} ${status}${reason}\r\n${connection && `Connection: ${connection}\r\n`}${lines}${framing.line}`;
    const whole = `${before.join('')}${head}\r\n${bodiless ? '' : framing.text}`;
    const cut = (text: string, ends: boolean, extra = false): Stream => ({
      method,
      parts: inParts(text, extra ? [] : splits),
      ends,
      extra,
    });
    const open = `${before.join('')}HTTP/1.1 200 OK\r\n${lines}`;
    if (method === 'GET' && fault === 'status') return cut(`${before.join('')}HTTP/1.1 2x0 OK\r\n\r\n`, false);
    if (method === 'GET' && fault === 'field') return cut(`${open}no colon\r\n\r\n`, false);
    if (method === 'GET' && fault === 'length') return cut(`${open}Content-Length: 2x\r\n\r\nok`, false);
    if (method === 'GET' && fault === 'lengths') return cut(`${open}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`, false);
    if (method === 'GET' && fault === 'both')
      return cut(`${open}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, false);
    if (method === 'GET' && fault === 'bodiless')
      return cut('HTTP/1.1 204 No\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n', false);
    if (method === 'GET' && fault === 'switch')
      return cut(`${before.join('')}HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n`, false);
    if (method === 'GET' && fault === 'chunk') return cut(`${open}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\nx\r\n`, false);
    if (method === 'GET' && fault === 'junk') return cut('junk', false);
    if (method === 'GET' && fault === 'extra') return cut(`${open}Content-Length: 2\r\n\r\nokjunk`, false, true);
    // A response that ends with the connection cannot be cut off within its body.
    if (cutAt !== null && !(framing.untilClose && !bodiless)) return cut(whole.slice(0, Math.floor(cutAt * whole.length)), true);
    return cut(whole, closes);
  });

function inParts(text: string, splits: readonly number[]): string[] {
  const places = [0, ...splits.map((share) => Math.floor(share * text.length)).sort((a, b) => a - b), text.length];
  return places.slice(1).flatMap((place, index) => (place > places[index]! ? [text.slice(places[index]!, place)] : []));
}
