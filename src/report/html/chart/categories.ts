import { axisStyle, shortName } from './axis.ts';

/** Narrower than this a name takes a third of the width and several lines. */
const NARROW = 500;
const LONGEST = 60;
/** Of a letter at the axis' size; a name that takes more breaks into lines. */
const LETTER = 6.8;
const GAP = 14;

const isNarrow = (width: number): boolean => width < NARROW;

/** Room to the left of the plot for its names, in pixels. */
export function nameRoom(names: readonly string[], width: number): number {
  const longest = Math.max(...names.map((name) => [...shortName(name, LONGEST)].length));
  return GAP + Math.min(isNarrow(width) ? 112 : 300, Math.ceil(longest * LETTER));
}

/** Names down the left side, the first at the top. */
export const categoryAxis = (names: readonly string[], width: number) => ({
  ...axisStyle,
  type: 'category' as const,
  inverse: true,
  data: names.map((name) => shortName(name, LONGEST)),
  axisTick: { show: false },
  splitLine: { show: false },
  axisLabel: {
    ...axisStyle.axisLabel,
    color: 'var(--ink)',
    interval: 0,
    width: nameRoom(names, width) - GAP + 4,
    overflow: 'break' as const,
  },
});

/** Height of a chart with so many rows; a row holds the lines of its name. */
export const rowsHeight = (rows: number, width: number): number => 44 + rows * (isNarrow(width) ? 58 : 34);
