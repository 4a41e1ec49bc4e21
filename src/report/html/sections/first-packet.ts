import type { LineSeriesOption } from 'echarts/charts';
import type { Cell } from '../../../compare/cell.ts';
import { placeName, servicesName } from '../../../compare/names.ts';
import { geometricMean, type MeanEstimate } from '../../../stats/geometric-mean.ts';
import { figure } from '../../../words/format.ts';
import { latency, logAxis, logScale, spaced } from '../chart/axis.ts';
import { errorBars } from '../chart/error-bars.ts';
import { type Chart, chartFigure } from '../chart/figure.ts';
import { dashOf, type LegendEntry, look } from '../chart/marks.ts';
import { isRanked, modesOf, remarks, type SeriesCells, seriesCells } from '../chart-cells.ts';
import { html } from '../markup.ts';
import type { RunSection } from '../section.ts';

/** How long a connection's first packet takes against the number of Services, a line for each mode and place among the rules. */
export const firstPacket: RunSection = ({ shown: { analysis } }) => {
  const modes = modesOf(analysis);
  const charts = seriesCells(analysis, ['first-packet']).flatMap((of) => chartOf(of, modes) ?? []);
  if (charts.length === 0) return undefined;
  return { id: 'first-packet', title: 'First packet against number of Services', body: html`${charts.map(chartFigure)}` };
};

/** Of "10,000" with some air. */
const LABEL_WIDTH = 52;

interface Point {
  readonly cell: Cell;
  readonly services: number;
  readonly estimate: MeanEstimate;
}

interface Line extends LegendEntry {
  readonly points: readonly Point[];
}

function chartOf({ familyTitle, cells }: SeriesCells, modes: readonly string[]): Chart | undefined {
  const lines = linesOf(cells, modes);
  const points = lines.flatMap((line) => line.points);
  const counts = [...new Set(points.map(({ services }) => services))].sort((one, other) => one - other);
  if (counts.length < 2) return undefined;
  const x = logScale(counts);
  const y = logScale(points.flatMap(({ estimate: { mean, interval95 = [mean, mean] } }) => [...interval95]));
  return {
    title: `First packet, median over blocks${familyTitle && `, ${familyTitle}`}; whiskers: 95 % interval`,
    description: `Lines of the first packet's latency against ${counts.length} numbers of Services, both axes logarithmic: ${lines.map(({ name }) => name).join('; ')}. The figures are in the table below.`,
    legend: lines,
    drawing: (width) => ({
      height: 380,
      option: {
        grid: { left: 12, right: 24, top: 34, bottom: 30 },
        xAxis: {
          ...logAxis({ ...x, ticks: spaced(counts, LABEL_WIDTH / width) }, 'Services', (value) => value.toLocaleString('en')),
          nameLocation: 'middle',
          nameGap: 28,
          splitLine: { show: false },
        },
        yAxis: {
          ...logAxis(y, 'latency, log scale', latency),
          nameLocation: 'end',
          nameTextStyle: { align: 'left', color: 'var(--muted)' },
        },
        series: [...lines.map(lineSeries), ...lines.map(whiskers)],
      },
      values: lines.map(({ name, points }) => points.map((point) => `${name}: ${pointText(point)}`)),
    }),
    table: {
      caption: 'First packet, geometric mean of the block medians',
      name: 'figures of the first packet',
      columns: [
        { title: 'line' },
        { title: 'Services', numeric: true },
        { title: 'us', numeric: true },
        { title: '95 % interval, us', numeric: true },
        { title: 'blocks', numeric: true },
      ],
      rows: lines.flatMap(({ name, points }) =>
        points.map(({ cell, services, estimate: { mean, interval95, n } }) => [
          { shown: `${name}${remarks(cell)}` },
          { shown: services.toLocaleString('en'), value: services },
          { shown: figure(mean), value: mean },
          { shown: interval95 ? interval95.map(figure).join(' to ') : '-', value: interval95?.[0] },
          { shown: n },
        ]),
      ),
    },
  };
}

function linesOf(cells: readonly Cell[], modes: readonly string[]): Line[] {
  const points = cells.flatMap((cell): Point[] => {
    const medians = cell.blocks.map(({ p50 }) => p50).filter((p50) => p50 > 0);
    const { services } = cell.scenario;
    return services === undefined || medians.length === 0 ? [] : [{ cell, services, estimate: geometricMean(medians) }];
  });
  const ways = [...new Set(points.map(({ cell }) => wayOf(cell)))];
  const entries = new Set(
    points.map(({ cell: { scenario } }) => placeName({ topology: scenario.topology, vantage: scenario.vantage })),
  );
  return [...grouped(points).values()].map((group) => {
    const { cell } = group[0]!;
    const way = wayOf(cell);
    const told = entries.size === 1 ? cell.scenario.position : way;
    return {
      ...look(modes.indexOf(cell.mode)),
      dash: dashOf(ways.indexOf(way)),
      name: [cell.mode, told].filter(Boolean).join(', '),
      points: [...group].sort((one, other) => one.services - other.services),
    };
  });
}

function grouped(points: readonly Point[]): Map<string, Point[]> {
  const groups = new Map<string, Point[]>();
  for (const point of points) {
    const key = JSON.stringify([point.cell.mode, wayOf(point.cell)]);
    groups.set(key, [...(groups.get(key) ?? []), point]);
  }
  return groups;
}

/** The place without the number of Services, which is the axis. */
function wayOf({ scenario: { topology, vantage, position } }: Cell): string {
  return placeName({ topology, vantage, ...(position === undefined ? {} : { position }) });
}

function pointText({ services, estimate: { mean, interval95 } }: Point): string {
  const within = interval95 ? ` [${interval95.map(figure).join(', ')}]` : '';
  return `${servicesName(services)}: ${figure(mean)} us${within}`;
}

const lineSeries = ({ points, colour, symbol, dash }: Line): LineSeriesOption => ({
  type: 'line',
  data: points.map(({ cell, services, estimate: { mean } }) => ({
    value: [services, mean],
    itemStyle: { color: isRanked(cell) ? colour : 'var(--page)', borderColor: colour, borderWidth: 1.5 },
  })),
  symbol,
  symbolSize: 9,
  lineStyle: { color: colour, width: 2, type: dash.length > 0 ? [...dash] : 'solid' },
  emphasis: { disabled: true },
});

const whiskers = ({ points, colour }: Line) =>
  errorBars(
    points.flatMap(({ services, estimate: { interval95 } }) =>
      interval95 ? [{ at: services, interval: interval95, colour }] : [],
    ),
    'upright',
  );
