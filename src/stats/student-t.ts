import { gammaln } from 'simple-statistics';

/**
 * Probability that |T| is at least |t| under Student's t distribution; degrees of freedom need not be whole (Welch).
 * simple-statistics has tables of the normal and chi-squared distributions only, hence this.
 */
export function twoSidedP(t: number, degreesOfFreedom: number): number {
  if (!(degreesOfFreedom > 0) || Number.isNaN(t)) return Number.NaN;
  if (!Number.isFinite(t)) return 0;
  return incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5);
}

/**
 * The t that |T| stays under with the given confidence: 2.365 for 0.95 and 7 degrees of freedom.
 * Half an interval's width is this times the standard error.
 */
export function criticalT(confidence: number, degreesOfFreedom: number): number {
  if (!(degreesOfFreedom > 0) || !(confidence > 0 && confidence < 1)) return Number.NaN;
  const wanted = 1 - confidence;
  let high = 1;
  while (twoSidedP(high, degreesOfFreedom) > wanted) high *= 2;
  let low = 0;
  for (let round = 0; round < BISECTIONS; round++) {
    const middle = (low + high) / 2;
    if (twoSidedP(middle, degreesOfFreedom) > wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const BISECTIONS = 60; // halves any bracket to the last bit of a double

/** Regularised incomplete beta function I_x(a, b); DLMF 8.17.22, evaluated by Lentz's method. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast only below the mean; above it the symmetry I_x(a, b) = 1 - I_{1-x}(b, a) serves.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  return front * continuedFraction(x, a, b);
}

const MOST_TERMS = 500;
const ENOUGH = 1e-15;
const TINY = 1e-300;

function continuedFraction(x: number, a: number, b: number): number {
  const apart = (value: number) => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / apart(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const term of [even, odd]) {
      d = 1 / apart(1 + term * d);
      c = apart(1 + term / c);
      step = c * d;
      fraction *= step;
    }
    if (Math.abs(step - 1) < ENOUGH) break;
  }
  return fraction;
}
