import { binomialDistribution } from 'simple-statistics';

/**
 * The counts that a share of a number of trials stays within with the given confidence, each tail alike: a central interval of the
 * binomial distribution. 100 trials, 0.5, 0.999: [34, 66].
 * @param trials 1 to 500. @param probability above 0 and below 1.
 */
export function binomialInterval(trials: number, probability: number, confidence: number): readonly [number, number] {
  const tail = (1 - confidence) / 2;
  // The library leaves out the last ten-thousandth of the distribution, which is less than a tail of 0.999.
  const masses = binomialDistribution(trials, probability) ?? [];
  let below = 0;
  const low = masses.findIndex((mass) => {
    below += mass;
    return below > tail;
  });
  let upTo = 0;
  const high = masses.findIndex((mass) => {
    upTo += mass;
    return upTo >= 1 - tail;
  });
  return [Math.max(0, low), high < 0 ? trials : high];
}
