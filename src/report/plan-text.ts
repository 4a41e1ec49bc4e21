import type { Plan, PlannedFamily } from '../lab/plan.ts';
import type { Lab } from '../lab/schema.ts';
import { argumentsOf } from '../options/arguments.ts';
import { duration } from '../words/format.ts';
import { choiceWords } from '../words/provider-choice.ts';
import { skipWords } from '../words/skip.ts';
import { mapLabels, plainLabel } from './plain.ts';
import { wrap } from './wrap.ts';

/** A plan for people, as `--dry-run` prints it: at most 100 columns, no colours, a newline at its end. */
export function planText(raw: Plan): string {
  const plan = mapLabels(raw, plainLabel);
  const sections = [summary(plan), ...plan.families.map((family) => familyText(plan, family)), skipsText(plan)];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function summary(plan: Plan): string[] {
  const { lab, provider, overrides, seed } = plan;
  const { cluster, workload } = lab;
  const link = Object.entries(cluster.link ?? {}).map(([name, value]) => `${name} ${value}`);
  const changed = argumentsOf({ ...provider.options, ...overrides }).map((words) => words.join(' '));
  const rows: (readonly [string, string] | undefined)[] = [
    ['lab', `${lab.name}: ${lab.question}`],
    ['provider', `${provider.name}: ${choiceWords(provider.chosen)}`],
    ['takes', takes(plan)],
    ['pulls', plan.estimate.pulls.length === 0 ? 'nothing' : plan.estimate.pulls.join(', ')],
    [
      'clusters',
      `${count(plan.families.flatMap((family) => family.clusters).length, 'cluster')}, each a control plane and ${count(cluster.workers, 'worker')}`,
    ],
    [
      'workload',
      `${count(workload.replicas, 'echo pod')}${workload.processes === undefined ? '' : `, ${workload.processes} of them answering`}`,
    ],
    link.length === 0 ? undefined : ['links', link.join(', ')],
    ['load', loadText(lab)],
    ['blocks', `${lab.blocks}${lab.blocks < 6 ? ', too few for a verdict (6)' : ''}`],
    ['seed', `${seed} (--seed ${seed} repeats the order)`],
    changed.length === 0 ? undefined : ['changed', changed.join(', ')],
  ];
  return rows.flatMap((row) => (row ? wrap(row[1], `${row[0].padEnd(10)}`) : []));
}

function loadText({ load, series }: Lab): string {
  const windows = `${count(load.connections, 'connection')}, windows of ${load.duration} s after ${load.warmup} s of warm-up`;
  const held = `first-packet: ${load.firstPackets} connections a window, one at a time`;
  if (!series.includes('first-packet')) return windows;
  return series.length === 1 ? held : `${windows}; ${held}`;
}

function takes({ estimate }: Plan): string {
  const time = duration(estimate.seconds);
  if (estimate.memoryMiB === undefined) return `about ${time}`;
  const available = estimate.memoryAvailableMiB;
  const short = available !== undefined && available < estimate.memoryMiB ? ', TOO LITTLE' : '';
  const beside = available === undefined ? '' : ` (${gibibytes(available)} available${short})`;
  return `about ${time} and ${gibibytes(estimate.memoryMiB)} of memory${beside}`;
}

/** A family's cells as a table; a number is the cell's place in the order of the first block. */
function familyText({ lab }: Plan, family: PlannedFamily): string[] {
  const [first = []] = family.order;
  const series = lab.series.filter((name) => first.some((cell) => cell.series === name));
  const widest = Math.max(...family.scenarios.map((scenario) => scenario.id.length));
  const row = (head: string, cells: readonly string[]) =>
    `  ${head.padEnd(widest)}${cells.map((cell) => cell.padStart(16)).join('')}`;
  const place = (id: string, name: string) => first.findIndex((cell) => cell.scenario === id && cell.series === name) + 1;
  return [
    ...wrap(`${family.title}: ${family.clusters.map((cluster) => cluster.id).join(', ')}`, `family ${family.id}, `),
    `  ${count(first.length, 'cell')}; the number is the cell's place in block 1 of ${family.order.length}`,
    row('', series),
    ...family.scenarios.map(({ id }) =>
      row(
        id,
        series.map((name) => String(place(id, name) || '-')),
      ),
    ),
  ];
}

function skipsText({ skips }: Plan): string[] {
  if (skips.length === 0) return [];
  return [
    'skipped',
    ...skips
      .map(skipWords)
      .flatMap(({ what, reason, remedy }) => [
        ...wrap(`${what}: ${reason}`, '  '),
        ...(remedy === undefined ? [] : wrap(remedy, '    remedy: ')),
      ]),
  ];
}

const count = (number: number, thing: string) => `${number} ${thing}${number === 1 ? '' : 's'}`;
const gibibytes = (mebibytes: number) => `${(mebibytes / 1024).toFixed(1)} GiB`;
