import type { CustomSeriesOption } from 'echarts/charts';
import { seriesTitle } from '../../../compare/names.ts';
import type { Waterfall, WaterfallStep } from '../../../compare/waterfall.ts';
import type { SeriesName } from '../../../lab/series.ts';
import { figure } from '../../format.ts';
import { added, hopName } from '../../waterfall.ts';
import { latency } from '../chart/axis.ts';
import { categoryAxis, figureAxis, isNarrow, nameRoom, rowsHeight } from '../chart/categories.ts';
import { errorBars } from '../chart/error-bars.ts';
import { type Chart, chartFigure } from '../chart/figure.ts';
import { html } from '../markup.ts';
import type { RunSection } from '../section.ts';

/** What each hop of one way adds to the median, each bar beginning where the one before ended. */
export const hopWaterfall: RunSection = ({ shown: { analysis } }) => {
  const charts = analysis.families.flatMap(({ title, tables }) =>
    tables.flatMap(({ series, waterfalls }) =>
      waterfalls.flatMap((waterfall) => chartOf(waterfall, series, analysis.families.length > 1 ? title : '') ?? []),
    ),
  );
  if (charts.length === 0) return undefined;
  return { id: 'waterfall', title: 'What each hop adds', body: html`${charts.map(chartFigure)}` };
};

interface Bar extends WaterfallStep {
  readonly from: number;
  readonly to: number;
}

function chartOf({ mode, steps }: Waterfall, series: SeriesName, familyTitle: string): Chart | undefined {
  const bars = barsOf(steps);
  if (bars.every(({ p50 }) => p50 === undefined)) return undefined;
  const names = bars.map(hopName);
  const title = [mode, seriesTitle(series), familyTitle].filter(Boolean).join(', ');
  return {
    title: `Median latency by hop, ${title}; whiskers: 95 % interval of what the hop adds`,
    description: `A waterfall of ${bars.length} hops, ${title}. ${bars.map((bar) => `${hopName(bar)}: ${told(bar)}`).join('; ')}.`,
    drawing: (width) => ({
      height: rowsHeight(names, width),
      option: {
        grid: { left: nameRoom(names, width), right: isNarrow(width) ? 24 : 150, top: 8, bottom: 28, outerBoundsMode: 'none' },
        xAxis: figureAxis(width, latency),
        yAxis: categoryAxis(names, width),
        series: [
          floating(bars, width),
          errorBars(
            bars.flatMap(({ from, added: estimate }, at) =>
              estimate
                ? [
                    {
                      at,
                      interval: [from + estimate.interval95[0], from + estimate.interval95[1]] as const,
                      colour: 'var(--ink)',
                    },
                  ]
                : [],
            ),
            'lying',
          ),
        ],
      },
      values: [bars.map((bar) => `${hopName(bar)}: ${told(bar)}`)],
    }),
    table: {
      caption: `Median latency by hop: ${title}`,
      name: `hops, ${title}`,
      columns: [
        { title: 'hop' },
        { title: 'p50 us', numeric: true },
        { title: 'adds, with 95 % interval' },
        { title: 'blocks', numeric: true },
      ],
      rows: bars.map((bar) => [
        { shown: hopName(bar) },
        { shown: figure(bar.p50), value: bar.p50 },
        { shown: added(bar) || '-', value: bar.added?.difference },
        { shown: bar.added?.n ?? '-', value: bar.added?.n },
      ]),
    },
  };
}

const told = (step: WaterfallStep): string =>
  step.p50 === undefined ? 'no figure' : `${figure(step.p50)} us${step.added ? `, adds ${added(step)}` : ''}`;

/**
 * A hop's bar is as long as what it adds, the mean difference within blocks that its interval is of; medians of all windows together may
 * differ by another amount. Where that is not known it ends at the hop's own median, and where there is none the next begins before it.
 */
function barsOf(steps: readonly WaterfallStep[]): Bar[] {
  let end = 0;
  return steps.map((step) => {
    const from = end;
    end = step.added ? from + step.added.difference : (step.p50 ?? from);
    return { ...step, from, to: end };
  });
}

function floating(bars: readonly Bar[], width: number): CustomSeriesOption {
  const THICKNESS = 16;
  return {
    type: 'custom',
    data: bars.map(({ from, to }, at) => [Math.min(from, to), Math.max(from, to), at]),
    encode: { x: [0, 1], y: 2 },
    renderItem: ({ dataIndex }, api) => {
      const bar = bars[dataIndex]!;
      const [left, right] = [Math.min(bar.from, bar.to), Math.max(bar.from, bar.to)].map((us) => api.coord([us, dataIndex])) as [
        number[],
        number[],
      ];
      if (bar.p50 === undefined) return undefined;
      const rect = {
        type: 'rect' as const,
        shape: { x: left[0]!, y: left[1]! - THICKNESS / 2, width: Math.max(2, right[0]! - left[0]!), height: THICKNESS },
        style: { fill: dataIndex === 0 ? 'var(--c7)' : 'var(--c1)', opacity: 0.6 },
      };
      const whisker = bar.added ? api.coord([bar.from + bar.added.interval95[1], dataIndex])[0]! : 0;
      const text = {
        type: 'text' as const,
        style: {
          text: dataIndex === 0 ? `${figure(bar.p50)} us` : added(bar),
          x: Math.max(right[0]!, whisker) + 10,
          y: right[1]!,
          verticalAlign: 'middle' as const,
          fill: 'var(--muted)',
          fontSize: 12,
          fontFamily: 'inherit',
        },
      };
      return { type: 'group', children: isNarrow(width) ? [rect] : [rect, text] };
    },
  };
}
