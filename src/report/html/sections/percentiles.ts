import type { LineSeriesOption } from 'echarts/charts';
import type { Cell } from '../../../compare/cell.ts';
import { seriesTitle } from '../../../compare/names.ts';
import { seriesNames } from '../../../lab/series.ts';
import { decode } from '../../../stats/histogram.ts';
import { figure, share } from '../../../words/format.ts';
import { latency, logAxis, logScale } from '../chart/axis.ts';
import { type Chart, chartFigure } from '../chart/figure.ts';
import { dashOf, type LegendEntry, type Look, look } from '../chart/marks.ts';
import { cellNamer, isRanked, modesOf, type SeriesCells, seriesCells } from '../chart-cells.ts';
import { html } from '../markup.ts';
import type { RunSection } from '../section.ts';

/** As many lines as can be told apart. */
const MOST_LINES = 8;
/** Further charts unfold. */
const SHOWN = 4;
const STEPS_PER_DECADE = 16;
const NAMED = [50, 90, 99, 99.9, 99.99];

/** How latencies are spread, up to the slowest: each cell's merged histogram over percentiles, tail to the right. */
export const percentiles: RunSection = ({ shown, raw }) => {
  const tables = seriesCells(shown.analysis, seriesNames);
  // Names are cut for showing, and a histogram is a long text: it comes from what was measured.
  const measured = seriesCells(raw.analysis, seriesNames);
  const charts = tables.flatMap((table, index) =>
    chartsOf(
      table,
      table.cells.map((cell, at) => spectrumOf(cell, measured[index]!.cells[at]!.figures!.histogram)),
      modesOf(shown.analysis),
    ),
  );
  if (charts.length === 0) return undefined;
  const more = charts.slice(SHOWN);
  return {
    id: 'percentiles',
    title: 'Latency percentiles',
    body: html`<p>All windows of a cell combined; further right are rarer, slower responses.</p>
${charts.slice(0, SHOWN).map(chartFigure)}${
  more.length > 0 && html`<details class="more"><summary>${more.length} more charts</summary>${more.map(chartFigure)}</details>`
}`,
  };
};

interface Spectrum {
  readonly cell: Cell;
  /** 1/(1 - part) of the answers, and the latency in microseconds that this part stays within. */
  readonly points: readonly (readonly [number, number])[];
  readonly named: readonly { readonly percentile: number; readonly us: number }[];
}

/** Up to the percentile that one answer alone lies beyond: past that a histogram has nothing to say. */
function spectrumOf(cell: Cell, base64: string): Spectrum {
  const histogram = decode(base64);
  const { totalCount } = histogram;
  const steps = Math.floor(Math.log10(Math.max(1, totalCount)) * STEPS_PER_DECADE);
  const at = (rarity: number) => histogram.getValueAtPercentile(100 * (1 - 1 / rarity));
  return {
    cell,
    points: Array.from({ length: steps + 1 }, (_, step) => 10 ** (step / STEPS_PER_DECADE)).map((rarity) => [rarity, at(rarity)]),
    named: NAMED.filter((percentile) => rarityOf(percentile) <= totalCount).map((percentile) => ({
      percentile,
      us: histogram.getValueAtPercentile(percentile),
    })),
  };
}

const rarityOf = (percentile: number): number => 100 / (100 - percentile);

function chartsOf(table: SeriesCells, spectra: readonly Spectrum[], modes: readonly string[]): Chart[] {
  const parts = inParts(spectra.filter(({ points }) => points.length > 1));
  return parts.map((part, index) => chartOf(table, part, modes, parts.length > 1 ? ` (${index + 1} of ${parts.length})` : ''));
}

/** Cells of one place stand in one chart, since they are what is compared; as many places as leave it legible. */
function inParts(spectra: readonly Spectrum[]): Spectrum[][] {
  const places = [...new Set(spectra.map(({ cell }) => cell.place))];
  const groups = places.map((place) => spectra.filter(({ cell }) => cell.place === place));
  const most = Math.max(1, Math.floor(MOST_LINES / Math.max(1, ...groups.map(({ length }) => length))));
  const each = Math.ceil(groups.length / Math.ceil(groups.length / most));
  return groups.flatMap((_, index) => (index % each === 0 ? [groups.slice(index, index + each).flat()] : []));
}

interface Line extends Spectrum, LegendEntry {}

function chartOf(
  { familyTitle, series, cells }: SeriesCells,
  spectra: readonly Spectrum[],
  modes: readonly string[],
  part: string,
): Chart {
  const nameOf = cellNamer(cells);
  const looks = looksOf(spectra, modes);
  const lines = spectra.map((spectrum): Line => {
    const { cell } = spectrum;
    return {
      ...spectrum,
      ...looks(cell),
      hollow: !isRanked(cell),
      name: `${nameOf(cell)}${isRanked(cell) ? '' : ' (not ranked)'}`,
    };
  });
  const points = lines.flatMap((line) => line.points);
  const rarest = Math.max(...points.map(([rarity]) => rarity));
  const ticks = NAMED.filter((percentile) => rarityOf(percentile) <= rarest);
  const title = `${seriesTitle(series)}${familyTitle && `, ${familyTitle}`}${part}`;
  return {
    title,
    description: `Lines of latency over percentiles, both axes logarithmic, for ${title}: ${lines.map(({ name }) => name).join('; ')}. The figures are in the table below.`,
    legend: lines,
    drawing: () => ({
      height: 340,
      option: {
        grid: { left: 12, right: 24, top: 34, bottom: 30 },
        xAxis: {
          ...logAxis({ min: 1, max: rarest, ticks: ticks.map(rarityOf) }, 'percentile', percentileOf),
          nameLocation: 'middle',
          nameGap: 28,
        },
        yAxis: {
          ...logAxis(logScale(points.map(([, us]) => Math.max(1, us))), 'latency, log scale', latency),
          nameLocation: 'end',
          nameTextStyle: { align: 'left', color: 'var(--muted)' },
        },
        series: [...lines.map(curve), ...lines.map(marks)],
      },
      values: [
        ...lines.map(() => undefined),
        ...lines.map(({ name, named }) => named.map(({ percentile, us }) => `${name}: p${percentile} ${latency(us)}`)),
      ],
    }),
    table: tableOf(title, lines),
  };
}

/** A colour for each mode as in the other charts, a dash for each place; where there is but one mode, a colour for each place. */
function looksOf(spectra: readonly Spectrum[], modes: readonly string[]): (cell: Cell) => Look {
  const places = [...new Set(spectra.map(({ cell }) => cell.place))];
  return ({ mode, place }) =>
    modes.length > 1 ? { ...look(modes.indexOf(mode)), dash: dashOf(places.indexOf(place)) } : look(places.indexOf(place));
}

/** "p99" of 100. */
const percentileOf = (rarity: number): string => `p${Number((100 - 100 / rarity).toFixed(3))}`;

const curve = ({ points, colour, dash }: Line): LineSeriesOption => ({
  type: 'line',
  data: points.map(([rarity, us]) => [rarity, Math.max(1, us)]),
  showSymbol: false,
  lineStyle: { color: colour, width: 2, type: dash.length > 0 ? [...dash] : 'solid' },
  emphasis: { disabled: true },
});

/** The percentiles that have names, marked on the curve. */
const marks = ({ named, colour, symbol, hollow }: Line): LineSeriesOption => ({
  type: 'line',
  data: named.map(({ percentile, us }) => [rarityOf(percentile), Math.max(1, us)]),
  symbol,
  symbolSize: 8,
  itemStyle: { color: hollow ? 'var(--page)' : colour, borderColor: colour, borderWidth: 1.5 },
  lineStyle: { width: 0 },
  emphasis: { disabled: true },
});

function tableOf(title: string, lines: readonly Line[]): Chart['table'] {
  return {
    caption: `Latency in microseconds: ${title}`,
    name: `percentiles of ${title}`,
    columns: [
      { title: 'cell' },
      ...['p50', 'p90', 'p99', 'p99.9', 'requests', 'errors', 'generator CPU %'].map((name) => ({ title: name, numeric: true })),
    ],
    rows: lines.map(({ name, cell: { figures } }) => {
      const { p50, p90, p99, p999, requests, errors, cpuShare } = figures!;
      return [
        { shown: name },
        ...[p50, p90, p99, p999].map((us) => ({ shown: figure(us), value: us })),
        ...[requests, errors].map((count) => ({ shown: count.toLocaleString('en'), value: count })),
        { shown: share(cpuShare), value: cpuShare },
      ];
    }),
  };
}
