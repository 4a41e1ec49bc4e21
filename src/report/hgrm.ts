import type { Cell } from '../compare/cell.ts';
import { decode } from '../stats/histogram.ts';
import { plainLabel } from './plain.ts';
import type { Report } from './report.ts';

/** Steps between 50 % and 75 %, between 75 % and 87.5 %, and so on: what HdrHistogram's own programs use. */
const TICKS = 5;

/**
 * Every cell's latencies as HdrHistogram plotters read them, a file each: value in microseconds, percentile, count so far,
 * 1/(1-percentile). A cell without an answer has no distribution and so no file.
 */
export function reportHgrm({ runs }: Report): { readonly name: string; readonly content: string }[] {
  const cells = runs.flatMap(({ analysis: { lab, directory, families } }) =>
    families.flatMap(({ tables }) => tables.flatMap((table) => table.cells.map((cell) => ({ lab, directory, cell })))),
  );
  return cells.flatMap(({ lab, directory, cell }, index) => {
    const histogram = cell.figures && decode(cell.figures.histogram);
    if (!histogram || histogram.totalCount === 0) return [];
    const about = [
      `unit: microseconds`,
      `cell: ${cell.mode}, ${cell.place}, ${cell.series}`,
      `family: ${cell.family}`,
      `run: ${directory}`,
    ];
    const comments = about.map((line) => `#[${plainLabel(line)}]\n`).join('');
    return [{ name: fileName(index + 1, lab, cell), content: `${histogram.outputPercentileDistribution(TICKS, 1)}${comments}` }];
  });
}

const LONGEST = 100;

/** "hgrm/007-ipvs-host-iptables-legacy-cluster-ip-pod-keep-alive.hgrm": a number for each cell, so that no two have one name. */
function fileName(number: number, lab: string, { family, scenario, series }: Cell): string {
  const words = [lab, family, scenario.id, series].join('-').toLowerCase();
  const safe = words
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST)
    .replace(/^-|-$/g, '');
  return `hgrm/${String(number).padStart(3, '0')}-${safe}.hgrm`;
}
