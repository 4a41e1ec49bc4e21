import type { CustomSeriesOption } from 'echarts/charts';

export interface ErrorBar {
  /** On the axis that the interval does not run along: a value, or the place among the categories. */
  readonly at: number;
  readonly interval: readonly [number, number];
  readonly colour: string;
}

const CAP = 5;

/** Intervals as whiskers with caps, upright or lying. */
export function errorBars(bars: readonly ErrorBar[], direction: 'upright' | 'lying'): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    z: 5,
    data: bars.map(({ at, interval }) => (direction === 'upright' ? [at, ...interval] : [...interval, at])),
    encode: direction === 'upright' ? { x: 0, y: [1, 2] } : { x: [0, 1], y: 2 },
    renderItem: ({ dataIndex }, api) => {
      const { at, interval, colour } = bars[dataIndex]!;
      const ends = interval.map((end) => api.coord(direction === 'upright' ? [at, end] : [end, at]) as [number, number]);
      const stroke = { stroke: colour, lineWidth: 1.5, fill: 'none' };
      const [low, high] = [ends[0]!, ends[1]!];
      const [dx, dy] = direction === 'upright' ? [CAP, 0] : [0, CAP];
      const line = (from: readonly [number, number], to: readonly [number, number]) => ({
        type: 'line' as const,
        shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
        style: stroke,
      });
      return {
        type: 'group',
        children: [line(low, high), ...[low, high].map(([x, y]) => line([x - dx, y - dy], [x + dx, y + dy]))],
      };
    },
  };
}
