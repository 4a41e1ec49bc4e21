import { criticalT, holm, pairedDifference, pairedEstimate, unpairedEstimate } from './statistics.mjs';

const ALPHA = 0.05;
const FEWEST = 6;
const MOST = 100_000;

const verdictMetric = (series) => (series === 'keep-alive' ? 'rate' : 'p50');
const otherMetrics = { 'keep-alive': ['p50', 'p99'], 'new-connection': ['p99', 'rate'], 'first-packet': ['p99'] };
const isWhole = (cell) => cell.blocks.length === cell.plannedBlocks;

/**
 * The comparisons of one table from their cells' blocks: estimates, verdicts, and how many were tested.
 * @param pairs { kind, cell, against, outcomes }: how the families of the two sides ended.
 */
export function rawComparisons(pairs, equivalencePercent) {
  const rows = pairs.map((pair) => {
    const metric = verdictMetric(pair.cell.series);
    const estimate = estimateOf(pair, metric);
    return { pair, metric, estimate, tested: estimate !== undefined && isComparable(pair) && isTestable(estimate) };
  });
  const tested = rows.filter((row) => row.tested);
  const adjusted = holm(tested.map(({ estimate }) => estimate.p));
  const comparisons = rows.map((row) => {
    const { pair, metric, estimate } = row;
    const others = otherMetrics[pair.cell.series].flatMap((other) => {
      const found = estimateOf(pair, other);
      return found ? [{ metric: other, estimate: found }] : [];
    });
    const common = { kind: pair.kind, paired: pair.kind !== 'run', metric, ...(estimate ? { estimate } : {}), others };
    if (!row.tested) return { ...common, verdict: { kind: 'none' } };
    const adjustedP = adjusted[tested.indexOf(row)];
    return { ...common, adjustedP, verdict: verdict(estimate, metric, adjustedP, equivalencePercent, tested.length) };
  });
  return { comparisons, tests: tested.length };
}

function estimateOf({ kind, cell, against }, metric) {
  const [ones, others] = [cell, against].map(({ blocks }) => blocks.filter((block) => block[metric] > 0));
  if (kind === 'run') {
    const values = (blocks) => blocks.map((block) => block[metric]);
    return ones.length < 2 || others.length < 2 ? undefined : unpairedEstimate(values(ones), values(others));
  }
  const pairs = ones.flatMap((one) => {
    const other = others.find(({ block }) => block === one.block);
    return other ? [[one[metric], other[metric]]] : [];
  });
  return pairs.length < 2 ? undefined : pairedEstimate(pairs);
}

function isComparable({ cell, against, outcomes }) {
  if (cell.standing.kind !== 'ranked' || against.standing.kind !== 'ranked') return false;
  if (cell.kernel === undefined || cell.kernel !== against.kernel || cell.kubernetes !== against.kubernetes) return false;
  return outcomes.every(({ outcome, cells }) => outcome === 'complete' || (outcome === 'failed' && cells.every(isWhole)));
}

const isTestable = ({ n, standardError }) => n >= FEWEST && standardError > 0;

function verdict({ ratio, interval90: [low, high], logRatio, standardError, n }, metric, adjustedP, percent, tests) {
  if (low >= 1 - percent / 100 && high <= 1 + percent / 100) return { kind: 'equivalent' };
  if (adjustedP < ALPHA) return { kind: ratio > 1 === (metric === 'rate') ? 'faster' : 'slower' };
  const spread = standardError * Math.sqrt(n);
  const band = Math.log(1 + percent / 100);
  const distance = Math.abs(logRatio);
  const needed = Math.min(
    distance > 0 ? blocksFor(spread, distance, 1 - ALPHA / Math.max(1, tests)) : MOST,
    distance < band ? blocksFor(spread, band - distance, 0.9) : MOST,
  );
  return { kind: 'cannot-tell', ...(needed >= MOST ? {} : { moreBlocks: Math.max(1, needed - n) }) };
}

/** The fewest blocks whose interval reaches no further than this. */
function blocksFor(spread, halfWidth, confidence) {
  const enough = (blocks) => (criticalT(confidence, blocks - 1) * spread) / Math.sqrt(blocks) <= halfWidth;
  let [tooFew, plenty] = [FEWEST - 1, FEWEST];
  while (plenty < MOST && !enough(plenty)) [tooFew, plenty] = [plenty, Math.min(MOST, 2 * plenty)];
  while (plenty - tooFew > 1) {
    const middle = Math.floor((tooFew + plenty) / 2);
    if (enough(middle)) plenty = middle;
    else tooFew = middle;
  }
  return plenty;
}

/** What each hop adds to the median, one way for each cluster. */
export function rawWaterfalls(cells) {
  const clusters = [...new Set(cells.map(({ scenario }) => scenario.cluster))];
  return clusters.map((cluster) => {
    const hops = cells.filter(({ scenario }) => scenario.cluster === cluster);
    return { steps: hops.map((cell, index) => step(cell, hops[index - 1])) };
  });
}

function step(cell, before) {
  const pairs = cell.blocks.flatMap(({ block, p50 }) => {
    const other = before?.blocks.find((one) => one.block === block);
    return other && p50 > 0 && other.p50 > 0 ? [[p50, other.p50]] : [];
  });
  const ranked = [cell, before].every((one) => one?.standing.kind === 'ranked');
  return {
    ...(cell.figures ? { p50: cell.figures.p50 } : {}),
    ...(ranked && pairs.length >= FEWEST ? { added: pairedDifference(pairs) } : {}),
  };
}

/** Whether the cells of a baseline that had figures are worse, lost, held, or cannot be told; in the report's order. */
export function rawCheck(pairs, comparisons, gone, tolerancePercent) {
  const both = pairs
    .map((pair, index) => ({ pair, comparison: comparisons[index] }))
    .filter(({ pair }) => pair.against.figures)
    .map(({ pair, comparison }) => checked(pair.cell, outcome(pair, comparison, tolerancePercent / 100)));
  return [...both, ...gone.map((cell) => checked(cell, { kind: 'lost' }))];
}

const checked = ({ family, scenario, series }, result) => ({ family, scenario: scenario.id, series, outcome: result });

function outcome({ cell, against }, { metric, estimate, adjustedP }, tolerance) {
  const { kind, unproven } = cell.standing;
  if (unproven) return { kind: 'lost', unproven };
  if (kind === 'unmeasured' || (isWhole(against) && !isWhole(cell))) return { kind: 'lost' };
  if (cell.unobserved.length > 0 && against.unobserved.length === 0) return { kind: 'lost' };
  if (kind === 'unranked' && against.standing.kind === 'ranked') return { kind: 'lost' };
  if (adjustedP === undefined) return { kind: 'cannot-tell' };
  const [low, high] = estimate.interval95;
  const [allWorse, noneWorse] =
    metric === 'rate' ? [high < 1 - tolerance, low >= 1 - tolerance] : [low > 1 + tolerance, high <= 1 + tolerance];
  if (allWorse && adjustedP < ALPHA) return { kind: 'worse', metric, ratio: estimate.ratio, interval95: estimate.interval95 };
  return { kind: noneWorse ? 'held' : 'cannot-tell' };
}
