import { BarChart, CustomChart, LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { type EChartsCoreOption, format, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { type Markup, trusted } from '../markup.ts';

use([LineChart, BarChart, CustomChart, GridComponent, SVGRenderer]);

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly option: EChartsCoreOption;
  /** What a pointer on a mark shows, by series and by place in its data. */
  readonly values: readonly (readonly string[] | undefined)[];
}

/** An SVG of the size asked for that scales with its box. Colours may be `var(--name)`: the page gives them, light or dark. */
export function draw({ width, height, option, values }: Drawing): Markup {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({ ...common, ...option });
    return trusted(plain(chart.renderToSVGString(), values));
  } finally {
    chart.dispose();
  }
}

const common: EChartsCoreOption = { animation: false, textStyle: { fontFamily: 'inherit' } };

const MARK = /<path ([^>]*) ecmeta_series_index="(\d+)" ecmeta_data_index="(\d+)" ecmeta_ssr_type="chart"[^>]*><\/path>/g;

/**
 * What the library's own script would need goes: styles for hovering, classes and clip paths, all of them numbered through the life of
 * the process, so that the same report gives the same page. Marks take their values as titles instead.
 */
function plain(svg: string, values: Drawing['values']): string {
  return svg
    .replace(/<(style|defs) ?>[\s\S]*?<\/\1>/g, '')
    .replace(/ (class|clip-path)="[^"]*"/g, '')
    .replace(MARK, (mark, attributes: string, series: string, data: string) => {
      const value = values[Number(series)]?.[Number(data)];
      return value === undefined ? mark : `<path ${attributes}><title>${format.encodeHTML(value)}</title></path>`;
    })
    .replace(/ (ecmeta_\w+|pointer-events|xmlns:xlink|version|baseProfile)="[^"]*"/g, '')
    .replace(/<rect [^>]*fill="none"><\/rect>/, '')
    .replace(/^<svg /, '<svg aria-hidden="true" ')
    .replaceAll('\n', '');
}
