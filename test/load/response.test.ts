import { describe, expect, it } from 'vitest';
import { createResponseReader } from '../../src/load/response.ts';

interface Read {
  readonly complete: boolean;
  readonly fault: string | undefined;
  readonly status: number;
  readonly keeps: boolean;
  readonly body: string;
}

/** Reads the parts one after another, as long as the response is not over; `closes`: the connection ends then. */
function readParts(parts: readonly string[], { closes = false, toHead = false } = {}): Read {
  let body = '';
  const reader = createResponseReader((part) => {
    body += Buffer.from(part).toString('latin1');
  });
  reader.reset(toHead);
  let over = false;
  for (const part of parts) over = over || reader.push(Buffer.from(part, 'latin1'));
  if (closes && !over) reader.end();
  const { complete, fault, status, keepsConnection } = reader;
  return { complete, fault, status, keeps: keepsConnection, body };
}

/** In one piece; and the same must come of it cut in two at every place, and byte by byte. Bytes after the end can only be seen in one piece. */
function read(text: string, options: { closes?: boolean; toHead?: boolean } = {}): Read {
  const whole = readParts([text], options);
  if (whole.fault === 'EXTRA_BYTES') return whole;
  for (let at = 1; at < text.length; at++) expect(readParts([text.slice(0, at), text.slice(at)], options)).toEqual(whole);
  expect(readParts([...text], options)).toEqual(whole);
  // And it is over with its last byte, not before.
  if (whole.complete && !options.closes) expect(readParts([text.slice(0, -1)], options).complete).toBe(false);
  return whole;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const LENGTH = 'Content-Length: 2\r\n\r\nok';
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n';
const answered = (changes: Partial<Read> = {}): Read => ({
  complete: true,
  fault: undefined,
  status: 200,
  keeps: true,
  body: 'ok',
  ...changes,
});
const noBody = (status: number) => answered({ status, body: '' });

describe('createResponseReader, where a response ends', () => {
  it.each<[string, string, Read]>([
    ['6.3 rule 6: Content-Length', OK + LENGTH, answered()],
    ['6.3 rule 6: a length of 0', `${OK}content-length:0\r\n\r\n`, noBody(200)],
    ['4: a status line without a reason', `HTTP/1.1 200\r\n${LENGTH}`, answered()],
    ['2.3: a later minor version', `HTTP/1.2 200 OK\r\n${LENGTH}`, answered()],
    ['RFC 9110 15: a code that no standard has', `HTTP/1.1 999 What\r\n${LENGTH}`, answered({ status: 999 })],
    ['2.2: an empty line before it', `\r\n${OK}${LENGTH}`, answered()],
    ['5.2: a folded line', `${OK}A: b\r\n c\r\nContent-Length:\r\n\t2\r\n\r\nok`, answered()],
    ['6.3 rule 5: a length given twice', `${OK}Content-Length: 2\r\n${LENGTH}`, answered()],
    ['6.3 rule 5: a list of equal lengths', `${OK}Content-Length: 2, 2\r\n\r\nok`, answered()],
    ['7.1: chunks', `${OK}${CHUNKED}1\r\no\r\n1\r\nk\r\n0\r\n\r\n`, answered()],
    [
      '7.1: zeros before a size, capital digits',
      `${OK}${CHUNKED}000A\r\n0123456789\r\n000\r\n\r\n`,
      answered({ body: '0123456789' }),
    ],
    ['7.1.1: extensions, also quoted and after space', `${OK}${CHUNKED}2;a="b;c"\r\nok\r\n0 ; d\r\n\r\n`, answered()],
    ['cases 7.3, 7.1.2: trailers', `${OK}${CHUNKED}2\r\nok\r\n0\r\nA: b\r\nContent-Length: 7\r\n\r\n`, answered()],
    ['7.1: data that looks like the end', `${OK}${CHUNKED}7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n`, answered({ body: '\r\n0\r\n\r\n' })],
    ['6.1: chunked is the last of several codings', `${OK}Transfer-Encoding: gzip\r\n${CHUNKED}2\r\nok\r\n0\r\n\r\n`, answered()],
    ['cases 7.2, RFC 9110 15.2: 103 before it', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}${LENGTH}`, answered()],
    [
      'cases 7.2, RFC 9110 15.2: several informational responses',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nContent-Length: 9\r\n\r\nHTTP/1.1 199 X\r\nConnection: close\r\n\r\n${OK}${LENGTH}`,
      answered(),
    ],
    ['cases 7.3, 6.3 rule 1: 204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', noBody(204)],
    ['cases 7.3, 6.3 rule 1: 304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', noBody(304)],
    ['cases 7.3, 6.3 rule 1: 304 in chunks', `HTTP/1.1 304 Not Modified\r\n${CHUNKED}`, noBody(304)],
  ])('RFC 9112, %s', (_rule, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each([[`${OK}Content-Length: 5\r\n\r\n`], [`${OK}${CHUNKED}`], [`${OK}\r\n`]])(
    'cases 7.3: RFC 9112, 6.3 rule 1: the answer to a HEAD has no body: %j',
    (text) => {
      expect(read(text, { toHead: true })).toEqual(noBody(200));
    },
  );

  it.each([
    ['6.3 rule 8: no length', `${OK}\r\nok`],
    ['6.3 rule 4: chunked is not the last coding', `${OK}Transfer-Encoding: chunked, gzip\r\n\r\nok`],
  ])('RFC 9112, %s: the end of the connection is the end of the response', (_rule, text) => {
    expect(read(text).complete).toBe(false);
    expect(read(text, { closes: true })).toEqual(answered({ keeps: false }));
  });
});

describe('createResponseReader, whether the connection stays', () => {
  it.each([
    ['HTTP/1.1', '', true],
    ['HTTP/1.1', 'Connection: keep-alive\r\n', true],
    ['HTTP/1.1', 'Connection: close\r\n', false],
    ['HTTP/1.1', 'connection:CLOSE\r\n', false],
    ['HTTP/1.1', 'Connection: foo , Close,\r\n', false],
    ['HTTP/1.1', 'Connection: foo\r\nConnection: close\r\n', false],
    ['HTTP/1.1', 'Connection: keep-alive\r\nConnection: close\r\n', false],
    ['HTTP/1.1', 'Connection:\r\n close\r\n', false],
    ['HTTP/1.1', 'Connection: closed, x-close, "close"\r\n', true],
    ['HTTP/1.1', 'X-Connection: close\r\nConnectio: close\r\nConnections: close\r\n', true],
    ['HTTP/1.0', '', false],
    ['HTTP/1.0', 'Connection: Keep-Alive\r\n', true],
    ['HTTP/1.0', 'Connection: keep-alive, close\r\n', false],
  ])('cases 7.1: RFC 9112, 9.3 and 9.6: %s with %j', (version, field, keeps) => {
    expect(read(`${version} 200 OK\r\n${field}${LENGTH}`)).toEqual(answered({ keeps }));
  });

  it('RFC 9112, 6.1: a transfer coding from HTTP/1.0 is read, and the connection not used again', () => {
    const text = `HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n${CHUNKED}2\r\nok\r\n0\r\n\r\n`;
    expect(read(text)).toEqual(answered({ keeps: false }));
  });

  it('starts anew with each response', () => {
    const reader = createResponseReader();
    for (const [text, status, keeps] of [
      [`HTTP/1.1 404 Not Found\r\nConnection: close\r\n${LENGTH}`, 404, false],
      [`${OK}Content-Length: 3\r\n\r\nall`, 200, true],
      ['garbage', 0, false],
      [`${OK}${LENGTH}`, 200, true],
    ] as const) {
      reader.reset();
      expect(reader.push(Buffer.from(text))).toBe(true);
      expect([reader.status, reader.keepsConnection]).toEqual([status, keeps]);
    }
  });
});

describe('createResponseReader, what is no response', () => {
  it.each([
    ['4', 'garbage', 'BAD_STATUS_LINE'],
    ['2.3', `HTTP/2.0 200 OK\r\n${LENGTH}`, 'BAD_STATUS_LINE'],
    ['2.3', `http/1.1 200 OK\r\n${LENGTH}`, 'BAD_STATUS_LINE'],
    ['4', `HTTP/1.1  200 OK\r\n${LENGTH}`, 'BAD_STATUS_LINE'],
    ['4', `HTTP/1.1 2000 OK\r\n${LENGTH}`, 'BAD_STATUS_LINE'],
    ['4', `HTTP/1.1 20 OK\r\n${LENGTH}`, 'BAD_STATUS_LINE'],
    ['2.2, a bare LF', `HTTP/1.1 200 OK\n${LENGTH}`, 'BAD_STATUS_LINE'],
    ['2.2, a bare LF', `${OK}A: b\n${LENGTH}`, 'BAD_FIELD'],
    ['2.2, a bare CR', `${OK}A: b\rc\r\n${LENGTH}`, 'BAD_FIELD'],
    ['2.2, space before the first field', `${OK} A: b\r\n${LENGTH}`, 'BAD_FIELD'],
    ['5.1, space before the colon', `${OK}Content-Length : 2\r\n\r\nok`, 'BAD_FIELD'],
    ['5.1, no colon', `${OK}ABC\r\n${LENGTH}`, 'BAD_FIELD'],
    ['5.1, no name', `${OK}: a\r\n${LENGTH}`, 'BAD_FIELD'],
    ['RFC 9110 5.5, NUL', `${OK}A: \0\r\n${LENGTH}`, 'BAD_FIELD'],
    ['6.3 rule 5', `${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`, 'BAD_LENGTH'],
    ['6.3 rule 5', `${OK}Content-Length: 2, 3\r\n\r\nok`, 'BAD_LENGTH'],
    ['6.3 rule 5', `${OK}Content-Length: 2a\r\n\r\nok`, 'BAD_LENGTH'],
    ['6.3 rule 5', `${OK}Content-Length: +2\r\n\r\nok`, 'BAD_LENGTH'],
    ['6.3 rule 5', `${OK}Content-Length: -2\r\n\r\nok`, 'BAD_LENGTH'],
    ['6.3 rule 5', `${OK}Content-Length:\r\n\r\nok`, 'BAD_LENGTH'],
    ['6.3 rule 5', `${OK}Content-Length: 99999999999999999999\r\n\r\nok`, 'BAD_LENGTH'],
    ['7.1, no size', `${OK}${CHUNKED}\r\nok\r\n`, 'BAD_CHUNK'],
    ['7.1, no digit', `${OK}${CHUNKED}0x2\r\nok\r\n`, 'BAD_CHUNK'],
    ['7.1, too large', `${OK}${CHUNKED}fffffffffffffff\r\n`, 'BAD_CHUNK'],
    ['7.1, data longer than its size', `${OK}${CHUNKED}1\r\nok\r\n0\r\n\r\n`, 'BAD_CHUNK'],
    ['7.1, a bare LF', `${OK}${CHUNKED}2\nok\r\n`, 'BAD_CHUNK'],
    ['7.1.2, a trailer without a colon', `${OK}${CHUNKED}0\r\nabc\r\n\r\n`, 'BAD_FIELD'],
  ])('RFC 9112, %s: %j is %s, and the connection goes', (_rule, text, fault) => {
    expect(read(text)).toMatchObject({ complete: false, fault, keeps: false });
  });

  it.each([
    ['a head', `${OK}${'A: bcd\r\n'.repeat(3_000)}`, 'HEAD_TOO_LARGE'],
    ['a reason', `HTTP/1.1 200 ${'a'.repeat(20_000)}`, 'HEAD_TOO_LARGE'],
    ['trailers', `${OK}${CHUNKED}0\r\n${'A: bcd\r\n'.repeat(3_000)}`, 'HEAD_TOO_LARGE'],
    ['chunk extensions', `${OK}${CHUNKED}1;${'a'.repeat(20_000)}`, 'BAD_CHUNK'],
  ])('gives up %s without an end', (_what, text, fault) => {
    expect(readParts([text])).toMatchObject({ complete: false, fault });
    expect(readParts([...text])).toMatchObject({ complete: false, fault });
  });

  it.each([
    ['', 'CLOSED'],
    ['\r\n', 'CLOSED'],
    ['H', 'CUT_OFF'],
    ['HTTP/1.1 103 Early Hints\r\n\r\n', 'CUT_OFF'],
    [OK, 'CUT_OFF'],
    [`${OK}Content-Length: 3\r\n\r\nok`, 'CUT_OFF'],
    [`${OK}${CHUNKED}2\r\nok\r\n0\r\n`, 'CUT_OFF'],
  ])('RFC 9112, 8: an end after %j is %s', (text, fault) => {
    expect(read(text, { closes: true })).toMatchObject({ complete: false, fault });
  });

  it.each([
    ['JUNK', 'EXTRA_BYTES'],
    [OK + LENGTH, 'EXTRA_BYTES'],
    ['\r\n', undefined],
  ])('counts the response and drops the connection where %j follows that nothing asked for', (rest, fault) => {
    expect(readParts([OK + LENGTH + rest])).toEqual(answered({ fault, keeps: fault === undefined }));
  });

  it.each([
    ['RFC 9112, 6.3 rule 3: both fields "ought to be handled as an error"', `${OK}Content-Length: 9\r\n${CHUNKED}`, 'BAD_LENGTH'],
    ['in the other order', `${OK}Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n`, 'BAD_LENGTH'],
    ['with a coding that is not chunked', `${OK}Content-Length: 1\r\nTransfer-Encoding: gzip\r\n\r\n`, 'BAD_LENGTH'],
    [
      'RFC 9112, 6.3 rule 5: 204 with two lengths',
      'HTTP/1.1 204 No\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n',
      'BAD_LENGTH',
    ],
    ['RFC 9112, 6.3 rule 5: 103 with no number', 'HTTP/1.1 103 Early\r\nContent-Length: -1\r\n\r\n', 'BAD_LENGTH'],
    ['RFC 9110, 7.8: 101 that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n', 'SWITCHED_PROTOCOLS'],
  ])('refuses what Node and llhttp refuse: %s', (_rule, text, fault) => {
    expect(read(text)).toMatchObject({ complete: false, fault });
  });
});
