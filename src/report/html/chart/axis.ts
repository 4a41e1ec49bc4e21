import { figure } from '../../../words/format.ts';

const STEPS = [1, 2, 5];
/** More ticks than these and only powers of ten are kept. */
const MOST_TICKS = 10;

/** Ends of a logarithmic axis that hold all the values, and ticks at 1, 2 and 5 times powers of ten between them. */
export function logScale(values: readonly number[]): { min: number; max: number; ticks: readonly number[] } {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // A little air, so that no mark lies on the frame; a span too small to show a tick is widened until it does.
  const [min, max] = high / low < 3 ? [low / 1.6, high * 1.6] : [low / 1.15, high * 1.15];
  const decades = Array.from({ length: 14 }, (_, index) => 10 ** (index - 4));
  const all = decades.flatMap((decade) => STEPS.map((step) => step * decade)).filter((tick) => tick >= min && tick <= max);
  const tens = all.filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6));
  return { min, max, ticks: all.length > MOST_TICKS && tens.length > 1 ? tens : all };
}

/** Ticks of which none stands so near the next that their labels would meet, in parts of the axis; the last stays. */
export function spaced(ticks: readonly number[], apart: number): number[] {
  const span = Math.log(ticks.at(-1)! / ticks[0]!);
  const kept: number[] = [];
  for (const tick of ticks.toReversed()) {
    const next = kept[0];
    if (next === undefined || Math.log(next / tick) >= apart * span) kept.unshift(tick);
  }
  return kept;
}

/** "85 us", "1.2 ms", "3 s": microseconds in the unit that keeps them short. */
export function latency(us: number): string {
  if (us >= 1e6) return `${trimmed(us / 1e6)} s`;
  if (us >= 1000) return `${trimmed(us / 1000)} ms`;
  return `${trimmed(us)} us`;
}

const trimmed = (value: number): string =>
  figure(value)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');

export const axisStyle = {
  axisLine: { show: true, lineStyle: { color: 'var(--rule)' } },
  axisTick: { show: true, lineStyle: { color: 'var(--rule)' } },
  axisLabel: { color: 'var(--muted)', fontSize: 12 },
  splitLine: { show: true, lineStyle: { color: 'var(--grid)' } },
  nameTextStyle: { color: 'var(--muted)', fontSize: 12 },
} as const;

/** A logarithmic axis as the library takes it. */
export function logAxis(scale: ReturnType<typeof logScale>, name: string, shown: (value: number) => string) {
  const { min, max, ticks } = scale;
  return {
    ...axisStyle,
    type: 'log' as const,
    name,
    min,
    max,
    axisTick: { ...axisStyle.axisTick, customValues: ticks },
    axisLabel: { ...axisStyle.axisLabel, customValues: ticks, formatter: shown },
  };
}

/** A name that fits beside a mark; whole in the table under the chart. */
export function shortName(name: string, longest: number): string {
  const characters = [...name];
  return characters.length <= longest ? name : `${characters.slice(0, longest - 1).join('')}…`;
}
