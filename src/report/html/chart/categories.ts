import { axisStyle, shortName } from './axis.ts';

/** Narrower than this a name takes a third of the width and several lines, and there is no room for figures beside the bars. */
const NARROW = 500;
const LONGEST = 60;
/** Of a letter of a wide font at the axis' size: which one the reader's system has nobody knows. */
const LETTER = 7.2;
const GAP = 12;

export const isNarrow = (width: number): boolean => width < NARROW;

/** Room to the left of the plot for its names, in pixels. */
export function nameRoom(names: readonly string[], width: number): number {
  const longest = Math.max(...names.flatMap((name) => linesOf(name, width).map((line) => [...line].length)));
  return GAP + Math.ceil(longest * LETTER);
}

/** Names down the left side, the first at the top. */
export const categoryAxis = (names: readonly string[], width: number) => ({
  ...axisStyle,
  type: 'category' as const,
  inverse: true,
  data: names.map((name) => linesOf(name, width).join('\n')),
  axisTick: { show: false },
  splitLine: { show: false },
  axisLabel: { ...axisStyle.axisLabel, color: 'var(--ink)', interval: 0, lineHeight: 14 },
});

/** An axis of figures below, from zero. */
export const figureAxis = (width: number, shown?: (value: number) => string) => ({
  ...axisStyle,
  type: 'value' as const,
  min: 0,
  splitNumber: isNarrow(width) ? 3 : 6,
  axisLabel: { ...axisStyle.axisLabel, hideOverlap: true, ...(shown ? { formatter: shown } : {}) },
});

/** Height of a chart with so many rows; a row holds the lines of its name. */
export const rowsHeight = (names: readonly string[], width: number): number =>
  44 + names.reduce((sum, name) => sum + 20 + 14 * linesOf(name, width).length, 0);

/** A name in lines of whole words; a word that is longer than a line is cut into several. */
function linesOf(name: string, width: number): string[] {
  const columns = isNarrow(width) ? 16 : 36;
  const lines = [''];
  for (const word of shortName(name, LONGEST)
    .split(' ')
    .flatMap((one) => one.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [])) {
    const line = lines.at(-1)!;
    if (line !== '' && [...line, ...word].length + 1 > columns) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
