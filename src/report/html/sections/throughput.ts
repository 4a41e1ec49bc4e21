import { seriesTitle } from '../../../compare/names.ts';
import { isLoadSeries, seriesNames } from '../../../lab/series.ts';
import { geometricMean } from '../../../stats/geometric-mean.ts';
import { figure } from '../../../words/format.ts';
import { categoryAxis, figureAxis, nameRoom, rowsHeight } from '../chart/categories.ts';
import { errorBars } from '../chart/error-bars.ts';
import { type Chart, chartFigure } from '../chart/figure.ts';
import { look } from '../chart/marks.ts';
import { cellNamer, isRanked, modesOf, type SeriesCells, seriesCells } from '../chart-cells.ts';
import { html } from '../markup.ts';
import type { RunSection } from '../section.ts';

/** Requests a second of each way in and mode. First packets are sent one by one, so they have no rate. */
export const throughput: RunSection = ({ shown: { analysis } }) => {
  const modes = modesOf(analysis);
  const charts = seriesCells(analysis, seriesNames.filter(isLoadSeries)).flatMap((of) => chartOf(of, modes) ?? []);
  if (charts.length === 0) return undefined;
  return { id: 'throughput', title: 'Throughput by entry', body: html`${charts.map(chartFigure)}` };
};

function chartOf({ familyTitle, series, cells }: SeriesCells, modes: readonly string[]): Chart | undefined {
  const nameOf = cellNamer(cells);
  const bars = cells.flatMap((cell) => {
    const rates = cell.blocks.map(({ rate }) => rate).filter((rate) => rate > 0);
    if (rates.length === 0) return [];
    const { colour } = look(modes.indexOf(cell.mode));
    return [{ cell, colour, name: nameOf(cell), ranked: isRanked(cell), ...geometricMean(rates) }];
  });
  if (bars.length === 0) return undefined;
  const names = bars.map(({ name }) => name);
  const title = `${seriesTitle(series)}${familyTitle && `, ${familyTitle}`}`;
  return {
    title: `Requests a second, ${title}; whiskers: 95 % interval over the blocks`,
    description: `Bars of the request rate with 95 % intervals, ${title}: ${bars.length} cells. The figures are in the table below.`,
    drawing: (width) => ({
      height: rowsHeight(names, width),
      option: {
        grid: { left: nameRoom(names, width), right: 32, top: 8, bottom: 28, outerBoundsMode: 'none' },
        xAxis: figureAxis(width),
        yAxis: categoryAxis(names, width),
        series: [
          {
            type: 'bar',
            data: bars.map(({ mean, colour, ranked }) => ({
              value: mean,
              itemStyle: { color: ranked ? colour : 'none', borderColor: colour, borderWidth: 1, opacity: ranked ? 0.55 : 1 },
            })),
            barWidth: 14,
            emphasis: { disabled: true },
          },
          errorBars(
            bars.flatMap(({ interval95 }, at) => (interval95 ? [{ at, interval: interval95, colour: 'var(--ink)' }] : [])),
            'lying',
          ),
        ],
      },
      values: [
        bars.map(
          ({ name, mean, interval95 }) =>
            `${name}: ${figure(mean)}/s${interval95 ? ` [${interval95.map(figure).join(', ')}]` : ''}`,
        ),
      ],
    }),
    table: {
      caption: `Requests a second, geometric mean over the blocks: ${title}`,
      name: `rates of ${title}`,
      columns: [
        { title: 'cell' },
        { title: 'requests/s', numeric: true },
        { title: '95 % interval', numeric: true },
        { title: 'blocks', numeric: true },
      ],
      rows: bars.map(({ name, mean, interval95, n }) => [
        { shown: name },
        { shown: figure(mean), value: mean },
        { shown: interval95 ? interval95.map(figure).join(' to ') : '-', value: interval95?.[0] },
        { shown: n },
      ]),
    },
  };
}
