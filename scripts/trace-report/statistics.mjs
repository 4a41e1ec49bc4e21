// Student's t by quadrature of its density, where the report evaluates a continued fraction.

/** Probability that |T| is at least |t|: with t = sqrt(df) tan(a) the density becomes cos(a)^(df - 1). */
const twoSidedP = (t, df) => tail(Math.atan(Math.abs(t) / Math.sqrt(df)), df) / tail(0, df);

const tail = remembered((angle, df) => integral((at) => Math.cos(at) ** (df - 1), angle, Math.PI / 2));

/** The t that |T| stays under with a confidence. The tail falls ever more slowly, so Newton's steps from 0 never overshoot. */
export const criticalT = remembered((confidence, df) => {
  const whole = tail(0, df);
  let angle = 0;
  for (let round = 0; round < 200; round++) {
    const step = (tail(angle, df) - (1 - confidence) * whole) / Math.cos(angle) ** (df - 1);
    angle += step;
    if (Math.abs(step) <= 1e-15 * angle) break;
  }
  return Math.sqrt(df) * Math.tan(angle);
});

function remembered(compute) {
  const known = new Map();
  return (...numbers) => {
    const key = numbers.join(' ');
    if (!known.has(key)) known.set(key, compute(...numbers));
    return known.get(key);
  };
}

/** Tanh-sinh quadrature (Takahasi and Mori, 1974): exact to the last digits, whatever the ends look like. */
function integral(f, from, to) {
  const STEP = 1 / 64;
  const middle = (to + from) / 2;
  const half = (to - from) / 2;
  let sum = 0;
  for (let k = -256; k <= 256; k++) {
    const u = (Math.PI / 2) * Math.sinh(k * STEP);
    const weight = ((Math.PI / 2) * Math.cosh(k * STEP)) / Math.cosh(u) ** 2;
    // Near an end the distance to it counts, not the place.
    const place = u < 0 ? from + (half * Math.exp(u)) / Math.cosh(u) : to - (half * Math.exp(-u)) / Math.cosh(u);
    if (weight > 0 && Number.isFinite(weight)) sum += weight * f(Math.abs(u) < 1e-12 ? middle : place);
  }
  return sum * STEP * half;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function variance(values) {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)];
}

/** Mean within-block log ratio. */
export function pairedEstimate(pairs) {
  const logs = pairs.map(([one, other]) => Math.log(one / other));
  return estimate(mean(logs), Math.sqrt(variance(logs) / logs.length), logs.length - 1, logs.length);
}

/** Welch's on the logarithms, degrees of freedom by Satterthwaite. */
export function unpairedEstimate(ones, others) {
  const sides = [ones, others].map((values) => {
    const logs = values.map(Math.log);
    return { n: logs.length, mean: mean(logs), squaredError: variance(logs) / logs.length };
  });
  const [one, other] = sides;
  const squaredError = one.squaredError + other.squaredError;
  const n = Math.min(one.n, other.n);
  const df =
    squaredError === 0 ? n - 1 : squaredError ** 2 / sides.reduce((sum, side) => sum + side.squaredError ** 2 / (side.n - 1), 0);
  return estimate(one.mean - other.mean, Math.sqrt(squaredError), df, n);
}

function estimate(logRatio, standardError, degreesOfFreedom, n) {
  const interval = (confidence) =>
    [-1, 1].map((sign) => Math.exp(logRatio + sign * criticalT(confidence, degreesOfFreedom) * standardError));
  const p = standardError === 0 ? Number(logRatio === 0) : twoSidedP(logRatio / standardError, degreesOfFreedom);
  return {
    ratio: Math.exp(logRatio),
    interval95: interval(0.95),
    interval90: interval(0.9),
    p,
    n,
    logRatio,
    standardError,
    degreesOfFreedom,
  };
}

export function pairedDifference(pairs) {
  const differences = pairs.map(([one, other]) => one - other);
  const difference = mean(differences);
  const half = criticalT(0.95, pairs.length - 1) * Math.sqrt(variance(differences) / pairs.length);
  return { difference, interval95: [difference - half, difference + half], n: pairs.length };
}

/** Holm's step-down: the k-th smallest of m is multiplied by m - k + 1, and none is smaller than the one before. */
export function holm(ps) {
  return ps.map((p) => {
    const upToThis = ps.filter((other) => other <= p).sort((a, b) => a - b);
    return Math.max(...upToThis.map((other, rank) => Math.min(1, other * (ps.length - rank))));
  });
}
