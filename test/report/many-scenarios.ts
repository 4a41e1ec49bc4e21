import type { SeriesName } from '../../src/lab/series.ts';
import type { Run } from '../../src/results/run.ts';
import { createHistogram, encode, record, summarise } from '../../src/stats/histogram.ts';
import { family, normal, scenario, simulate } from '../compare/simulate.ts';

const SERIES: readonly SeriesName[] = ['keep-alive', 'new-connection', 'first-packet'];
const VALUES = 2000;

/** A run of 50 scenarios in three series, 8 blocks each, whose histograms are as wide and as long as measured ones. */
export function fiftyScenarios(): Run {
  const modes = ['iptables-legacy', 'iptables-nft', 'ipvs', 'nftables', 'userspace'] as const;
  const scenarios = modes.flatMap((mode) =>
    [10, 100, 1000, 5000, 10_000].flatMap((services) => [
      scenario(mode, 'cluster-ip', { services, position: 'last' }),
      scenario(mode, 'node-port', { services, vantage: 'outside' }),
    ]),
  );
  const noise = normal(1);
  return simulate([family(scenarios, { series: SERIES })], { reference: 'iptables-nft' }, (one, block) => {
    const medianUs = 80 + (modes.indexOf(one.mode as never) + 1) * (one.services ?? 0) * 0.01 + block;
    return { rate: 1e6 / medianUs + 10 * noise(), ...latencies(medianUs, noise) };
  });
}

/** Log-normal, with a tail of a hundredth that takes ten times as long. */
function latencies(medianUs: number, noise: () => number) {
  const histogram = createHistogram();
  for (let index = 0; index < VALUES; index++)
    record(histogram, medianUs * Math.exp(0.4 * noise()) * (index % 100 === 0 ? 10 : 1));
  return { histogram: encode(histogram), latencyUs: summarise(histogram) };
}
