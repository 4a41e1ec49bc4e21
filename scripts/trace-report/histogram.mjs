import { inflateSync } from 'node:zlib';

// HdrHistogram V2, "Encoding" in https://github.com/HdrHistogram/HdrHistogram: cookies with the word size bits set to 1.
const COMPRESSED = 0x1c849314;
const PLAIN = 0x1c849313;
const HEADER = 40;
/** A word of up to nine bytes for each of the buckets from 1 us to a minute at 3 digits. */
const MOST_BYTES = HEADER + 9 * 17 * 1024;

/** Counts by bucket, ascending: { from, width, count }, in the unit of what was recorded. */
export function decodeHistogram(base64) {
  const outer = Buffer.from(base64, 'base64');
  if (outer.readUInt32BE(0) !== COMPRESSED) throw new Error('no compressed HdrHistogram V2');
  const inner = inflateSync(outer.subarray(8, 8 + outer.readUInt32BE(4)), { maxOutputLength: MOST_BYTES });
  if (inner.readUInt32BE(0) !== PLAIN) throw new Error('no HdrHistogram V2 inside');
  if (inner.length !== HEADER + inner.readUInt32BE(4)) throw new Error('the length of the counts is wrong');
  const payload = inner.subarray(HEADER);
  const digits = inner.readUInt32BE(12);
  const lowest = Number(inner.readBigUInt64BE(16));
  const unit = Math.floor(Math.log2(lowest));
  // As many linear steps as tell two neighbours of the wanted digits apart, rounded up to a power of two.
  const half = 2 ** (Math.ceil(Math.log2(2 * 10 ** digits)) - 1);
  const buckets = [];
  let index = 0;
  for (const word of words(payload)) {
    if (word < 0n) index += Number(-word);
    else {
      if (word > 0n) buckets.push({ ...bucketAt(index, half, unit), count: Number(word) });
      index += 1;
    }
  }
  return buckets;
}

/** ZigZag LEB128-64b9B: seven bits a byte, the ninth byte whole; the lowest bit is the sign. */
function* words(bytes) {
  for (let at = 0; at < bytes.length; ) {
    let word = 0n;
    for (let part = 0; part < 9; part++) {
      const byte = bytes[at++];
      word |= BigInt(part < 8 ? byte & 0x7f : byte) << BigInt(7 * part);
      if (part === 8 || byte < 0x80) break;
    }
    yield word & 1n ? -((word + 1n) >> 1n) : word >> 1n;
  }
}

/** Bucket 0 is linear over two halves; each later one covers the upper half of twice the range in steps twice as wide. */
function bucketAt(index, half, unit) {
  const exponent = Math.max(0, Math.floor(index / half) - 1);
  const step = index - exponent * half;
  return { from: step * 2 ** (exponent + unit), width: 2 ** (exponent + unit) };
}

export function mergeHistograms(histograms) {
  const byFrom = new Map();
  for (const bucket of histograms.flat()) {
    const before = byFrom.get(bucket.from);
    byFrom.set(bucket.from, { ...bucket, count: bucket.count + (before?.count ?? 0) });
  }
  return [...byFrom.values()].sort((a, b) => a.from - b.from);
}

const total = (histogram) => histogram.reduce((sum, { count }) => sum + count, 0);

/** The highest value of the bucket in which the rank falls; per mille, so that ranks are whole numbers. 0 where nothing was recorded. */
export function percentile(histogram, perMille) {
  const rank = Math.max(1, Math.ceil((perMille * total(histogram)) / 1000));
  let below = 0;
  for (const { from, width, count } of histogram) {
    below += count;
    if (below >= rank) return from + width - 1;
  }
  return 0;
}

/** Grouped median: half of the values lie below it if those of its bucket are spread evenly over it. NaN where nothing was recorded. */
export function groupedMedian(histogram) {
  const wanted = total(histogram) / 2;
  let below = 0;
  for (const { from, width, count } of histogram) {
    if (below + count >= wanted) return from - 0.5 + (width * (wanted - below)) / count;
    below += count;
  }
  return Number.NaN;
}
