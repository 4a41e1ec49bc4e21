import { decodeHistogram } from './histogram.mjs';

/** As many digits as two ways of computing with doubles agree in. */
const RELATIVE = 1e-9;
const ABSOLUTE = 1e-12;

/**
 * Holds every figure of a report against what was computed here: numbers, and the words (kinds of verdicts, names of metrics) that were
 * computed too. A number without a counterpart, or the reverse, is a difference as well. Labels are passed over.
 * @returns { traced, differences }
 */
export function walk(reported, own, path) {
  const seen = { traced: 0, differences: [] };
  visit(reported, own, path, seen);
  return seen;
}

function visit(reported, own, path, seen) {
  if (path.endsWith('/histogram') && typeof reported === 'string') return leaf(shown(reported), shown(own), path, seen);
  if (Array.isArray(reported) && Array.isArray(own)) {
    if (reported.length !== own.length)
      seen.differences.push(`${path}: the report has ${reported.length}, the raw samples give ${own.length}`);
    for (const [index, part] of reported.entries()) visit(part, own[index], `${path}/${index}`, seen);
  } else if (isObject(reported)) {
    for (const key of new Set([...Object.keys(reported), ...Object.keys(own ?? {})]))
      visit(reported[key], own?.[key], `${path}/${key}`, seen);
  } else if (own !== undefined || typeof reported === 'number') leaf(reported, own, path, seen);
}

const isObject = (value) => typeof value === 'object' && value !== null;

/** By what it counts: the same counts may be compressed in more than one way. */
function shown(histogram = []) {
  const buckets = typeof histogram === 'string' ? decodeHistogram(histogram) : histogram;
  return buckets.map(({ from, width, count }) => `${from}+${width}:${count}`).join(' ');
}

/** Labels that both sides have are held against each other, and are no figures. */
const COMPUTED_WORDS = /\/(kind|metric|outcome|histogram)$/;

function leaf(reported, own, path, seen) {
  if (typeof reported !== 'string' || COMPUTED_WORDS.test(path)) seen.traced += 1;
  if (!equal(reported, own))
    seen.differences.push(`${path}: the report has ${text(reported)}, the raw samples give ${text(own)}`);
}

function equal(reported, own) {
  if (reported === null) return Number.isNaN(own);
  if (typeof reported !== 'number' || typeof own !== 'number') return reported === own;
  return Math.abs(reported - own) <= ABSOLUTE + RELATIVE * Math.max(Math.abs(reported), Math.abs(own));
}

const text = (value) => (value === undefined ? 'nothing' : String(JSON.stringify(value)).slice(0, 200));
