import type { RatioEstimate } from '../../stats/ratio.ts';
import { html, type Markup } from './markup.ts';

const WIDTH = 168;
const HEIGHT = 18;
const EDGE = 6;
/** A strip reaches at least this far, so that a tenth of a percent does not look like a landslide. */
const LEAST = Math.log(1.1);
/** One wild interval must not flatten all others; what goes past the edge ends in an arrow. */
const MOST = Math.log(20);

/** Draws ratios of one table to one logarithmic scale with 1, "no difference", in the middle and the band of equivalence about it. */
export function ratioStrips(estimates: readonly RatioEstimate[], equivalencePercent: number): (of: RatioEstimate) => Markup {
  const ends = estimates.flatMap(({ interval95 }) => interval95.map((end) => Math.abs(Math.log(end))));
  const reach = Math.min(MOST, Math.max(LEAST, ...ends.filter(Number.isFinite)));
  const x = (ratio: number) => {
    const part = Math.max(-1, Math.min(1, Math.log(ratio) / reach));
    return Number((WIDTH / 2 + part * (WIDTH / 2 - EDGE)).toFixed(1));
  };
  const band = [x(1 - equivalencePercent / 100), x(1 + equivalencePercent / 100)] as const;
  return ({ ratio, interval95: [low, high] }) =>
    html`<svg class="strip" aria-hidden="true" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}"><rect class="band" x="${band[0]}" y="0" width="${band[1] - band[0]}" height="${HEIGHT}"/><path class="one" d="M${WIDTH / 2} 0V${HEIGHT}"/><path class="whisker" d="M${x(low)} 9H${x(high)}${end(low, reach, x)}${end(high, reach, x)}"/><circle class="ratio" cx="${x(ratio)}" cy="9" r="3.5"/></svg>`;
}

/** A cap, or an arrow where the interval goes on past the edge. */
function end(value: number, reach: number, x: (ratio: number) => number): string {
  const at = x(value);
  if (Math.abs(Math.log(value)) <= reach) return `M${at} 5.5V12.5`;
  const back = at + (value < 1 ? 4 : -4);
  return `M${back} 5.5L${at} 9L${back} 12.5`;
}
