import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { createHistogram, decode, encode, record, summarise } from '../../src/stats/histogram.ts';

const RUNS = { numRuns: 300 };

/** A text with these parts, each as HdrHistogram V2 has it unless it is changed. */
function textOf({
  payload = Buffer.from([2]),
  length = payload.length,
  digits = 3,
  lowest = 1n,
  highest = 60_000_000n,
  cookie = 0x1c849313,
  outer = 0x1c849314,
  compressedLength,
  compress = deflateSync as (bytes: Buffer) => Buffer,
}: {
  payload?: Buffer;
  length?: number;
  digits?: number;
  lowest?: bigint;
  highest?: bigint;
  cookie?: number;
  outer?: number;
  compressedLength?: number;
  compress?: (bytes: Buffer) => Buffer;
} = {}): string {
  const header = Buffer.alloc(40);
  header.writeUInt32BE(cookie, 0);
  header.writeUInt32BE(length >>> 0, 4);
  header.writeUInt32BE(digits >>> 0, 12);
  header.writeBigUInt64BE(lowest, 16);
  header.writeBigUInt64BE(highest, 24);
  const compressed = compress(Buffer.concat([header, payload]));
  const around = Buffer.alloc(8);
  around.writeUInt32BE(outer, 0);
  around.writeUInt32BE(compressedLength ?? compressed.length, 4);
  return Buffer.concat([around, compressed]).toString('base64');
}

const sample = (): Buffer => {
  const histogram = createHistogram();
  for (let us = 1; us < 5000; us += 7) record(histogram, us);
  return Buffer.from(encode(histogram), 'base64');
};

/** Refused with an error of ours, in a moment and without much memory; or taken for a histogram of the range. */
function holds(text: string): void {
  const before = process.memoryUsage().arrayBuffers;
  const started = performance.now();
  try {
    expect(decode(text).totalCount).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
  } catch (error) {
    expect([RangeError, SyntaxError]).toContain((error as Error).constructor);
    expect((error as Error).message).toMatch(/^(it|its|a) /);
  }
  expect(performance.now() - started).toBeLessThan(1000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
}

describe('cases 10: a histogram in a file is a stranger’s', () => {
  it('cases 10: a wrong payload length is refused and does not hang', () => {
    expect(() => decode('HISTFAAAACB42pNpmSz8////3wwQwAylGcGcye0M9h8gAkwA1lcHkQ==')).toThrow(
      /declares \d+ bytes of counts and has/,
    );
    for (const length of [0, 2, 0x7fffffff, 0x80000000, -1]) expect(() => decode(textOf({ length }))).toThrow(/bytes of counts/);
  });

  it('cases 10: a zlib bomb is refused when it is past what a histogram can be', () => {
    const bomb = textOf({ payload: Buffer.alloc(100 * 1024 * 1024, 1) });
    expect(bomb.length).toBeLessThan(200_000);
    expect(() => decode(bomb)).toThrow(/inflates to more than/);
    holds(bomb);
  });

  it('cases 10: one flipped byte anywhere is an error or the same range, never a defect', () => {
    const bytes = sample();
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1 << (at % 8);
      // zlib's Adler-32 (RFC 1950, 2.2) and the lengths leave no flipped bit unseen.
      expect(() => decode(flipped.toString('base64')), `byte ${at}`).toThrow(/^(it|its|a) /);
    }
  });

  it('cases 10: each byte cut off, and bytes behind the end', () => {
    const bytes = sample();
    for (let length = 0; length < bytes.length; length++)
      expect(() => decode(bytes.subarray(0, length).toString('base64'))).toThrow(/^(it|its) /);
    expect(() => decode(Buffer.concat([bytes, Buffer.from([0])]).toString('base64'))).toThrow(/compressed bytes/);
    expect(() => decode(textOf({ compress: (plain) => Buffer.concat([deflateSync(plain), Buffer.from('more')]) }))).not.toThrow(
      TypeError,
    );
  });

  it.each([
    ['no digits', { digits: 0 }],
    ['six digits', { digits: 6 }],
    ['digits below zero', { digits: -1 }],
    ['a lowest value of 0', { lowest: 0n }],
    ['a lowest value past the highest', { lowest: 2n ** 62n }],
    ['a highest value of 0', { highest: 0n }],
    ['a highest value of 2^63', { highest: 2n ** 63n }],
    ['another cookie inside', { cookie: 0x1c849303 }],
    ['another cookie outside', { outer: 0x1c849301 }],
    ['a run of zeros past the end', { payload: Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) }],
    ['a count past 2^53', { payload: Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) }],
    ['a count without an end', { payload: Buffer.from([0x80]) }],
    ['more counts than buckets', { payload: Buffer.alloc(17 * 1024 + 1, 2) }],
    ['gzip', { compress: () => Buffer.from('1f8b08000000000000030300000000000000000000', 'hex') }],
  ])('cases 10: %s', (_what, change) => {
    expect(() => decode(textOf(change))).toThrow(/^(it|its|a) /);
    holds(textOf(change));
  });

  it.each(['', ' ', 'HIST', 'not base64!', '====', 'x'.repeat(10_000_000), 'HISTFAAAA', '\u0000', 'ＨＩＳＴ'])(
    'cases 10: a text that is no histogram (%#)',
    (text) => expect(() => decode(text)).toThrow(/^it /),
  );

  it('cases 10: a count over 32 bits keeps its value', () => {
    const word = 2 * 5_000_000_000;
    const payload = Buffer.from(
      Array.from({ length: 5 }, (_, part) => (Math.floor(word / 2 ** (7 * part)) % 128) | (part < 4 ? 0x80 : 0)),
    );
    const decoded = decode(textOf({ payload: Buffer.concat([Buffer.from([0, 0]), payload]) }));
    expect([decoded.totalCount, summarise(decoded).p50]).toEqual([5_000_000_000, 2]);
  });

  it('cases 10: any bytes, any payload, any change of a histogram', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => holds(Buffer.from(bytes).toString('base64'))),
      RUNS,
    );
    fc.assert(fc.property(fc.string(), holds), RUNS);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (payload) => holds(textOf({ payload: Buffer.from(payload) }))),
      RUNS,
    );
    const bytes = sample();
    const change = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 5 });
    fc.assert(
      fc.property(change, (changes) => {
        const changed = Buffer.from(bytes);
        for (const [at, to] of changes) changed[at] = to;
        holds(changed.toString('base64'));
      }),
      RUNS,
    );
  });

  it('what was recorded reads back, whatever it was', () => {
    const values = fc.array(fc.integer({ min: 1, max: 60_000_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(values, (recorded) => {
        const histogram = createHistogram();
        for (const us of recorded) record(histogram, us);
        const decoded = decode(encode(histogram));
        expect(decoded.totalCount).toBe(recorded.length);
        // The library's own decoder is right about what it wrote itself.
        const theirs = decodeFromCompressedBase64(encode(histogram), 32, false) as ReturnType<typeof decode>;
        expect(summarise(decoded)).toEqual(summarise(theirs));
        expect(encode(decoded)).toBe(encode(histogram));
      }),
      { numRuns: 100 },
    );
  });
});
