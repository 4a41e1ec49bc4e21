import type { Cell, Figures } from '../compare/cell.ts';
import type { Comparison } from '../compare/comparison.ts';
import { seriesTitle } from '../compare/names.ts';
import type { FamilyAnalysis, RunAnalysis } from '../compare/run.ts';
import { carrierTitle, unknownCarriersText } from '../words/carriers.ts';
import { hopTexts } from '../words/hop.ts';
import { unprovenText } from '../words/problem.ts';
import { unobservedTexts } from '../words/unobserved.ts';
import { answer, metricName } from './answers.ts';
import { count, figure, interval, percent, ratio } from './format.ts';

/** What a reader of a family's tables must know: what has no figure, what is not ranked, what stuck out. A sentence each. */
export function notesOf({ tables }: FamilyAnalysis, equivalencePercent: number): string[] {
  const cells = tables.flatMap((table) => table.cells);
  return [
    ...unprovenNotes(cells),
    ...unobservedNotes(cells),
    ...checkNotes(cells),
    ...outlierNotes(cells),
    ...controlNotes(tables.flatMap(comparisonsOf), equivalencePercent),
  ];
}

const comparisonsOf = ({ comparisons }: { comparisons: readonly Comparison[] }) => comparisons;

/** Unproven scenarios, told once for all their series. */
function unprovenNotes(cells: readonly Cell[]): string[] {
  const notes = cells.flatMap(({ standing, mode, place }) =>
    standing.kind === 'unproven'
      ? [`${mode}, ${place} has no figures, since it is not proven: ${standing.unproven.map(unprovenText).join('; ')}`]
      : [],
  );
  return [...new Set(notes)];
}

/** What could not be looked at, the scenarios alike together; nothing contradicted it. */
function unobservedNotes(cells: readonly Cell[]): string[] {
  const groups = new Map<string, Set<string>>();
  for (const { mode, place, unobserved } of cells)
    for (const { subject, reasons } of unobserved) {
      const said = `${subject} not proven, and not refuted: ${unobservedTexts(reasons).join('; ')}`;
      groups.set(said, (groups.get(said) ?? new Set()).add(`${mode}, ${place}`));
    }
  return [...groups].map(([said, scenarios]) => `${[...scenarios].join('; ')}: ${said}`);
}

/** One note per check and remedy, with all the cells that failed it. */
function checkNotes(cells: readonly Cell[]): string[] {
  const groups = new Map<string, { where: string[]; seen: string; unranks: boolean; name: string; remedy: string }>();
  for (const { mode, place, series, failedChecks } of cells)
    for (const { name, blocks, of, seen, remedy, unranks } of failedChecks) {
      const key = JSON.stringify([name, remedy, unranks]);
      const group = groups.get(key) ?? { where: [], seen, unranks, name, remedy };
      group.where.push(`${mode}, ${place}, ${seriesTitle(series)} (${blocks.length} of ${count(of, 'block')})`);
      groups.set(key, group);
    }
  return [...groups.values()].map(
    ({ name, where, seen, remedy, unranks }) =>
      `check ${name} failed, ${unranks ? 'so not ranked' : 'in too few blocks to take it out of the ranking'}: ${where.join('; ')}. Seen: ${seen}. Remedy: ${remedy}`,
  );
}

function outlierNotes(cells: readonly Cell[]): string[] {
  return cells.flatMap(({ mode, place, series, outliers }) =>
    outliers.map(
      ({ block, metric, figure: odd, median }) =>
        `block ${block + 1} sticks out and is kept: ${mode}, ${place}, ${seriesTitle(series)}: ${metricName(metric)} ${figure(odd)} beside a median of ${figure(median)}`,
    ),
  );
}

/** The way to the pod meets no rule, so clusters that differ there differ in something other than their mode. */
function controlNotes(comparisons: readonly Comparison[], equivalencePercent: number): string[] {
  return comparisons
    .filter(
      ({ kind, cell, verdict }) =>
        kind === 'reference' &&
        cell.scenario.topology.entry === 'pod' &&
        (verdict.kind === 'faster' || verdict.kind === 'slower'),
    )
    .map(
      (comparison) =>
        `the clusters differ even without a Service, so read their modes with care: ${answer(comparison, equivalencePercent)}`,
    );
}

/** Ratios to the member that families share, beside each other: never a verdict from one family to another. */
export function bridgeLines({ bridges }: RunAnalysis): string[] {
  return bridges.flatMap(({ shared, place, series, sides }) => [
    `- against ${shared}, ${place}, ${seriesTitle(series)}:`,
    ...sides.map(({ title, comparison: { cell, estimate, metric } }) => {
      const seen = estimate
        ? `${ratio(estimate.ratio)} ${interval(estimate.interval95)} times the ${metricName(metric)}`
        : 'no figures';
      return `    ${cell.mode}: ${seen} (${title})`;
    }),
  ]);
}

/** Below this a carrier was on no path: it was only alive. */
const CARRIED_MS = 1;

/** The processes that carried the traffic of each scenario, with their CPU time per 1,000 requests in each series. */
export function carrierLines({ tables }: FamilyAnalysis): string[] {
  const scenarios = new Map<string, string[]>();
  for (const { mode, place, series, figures } of tables.flatMap(({ cells }) => cells)) {
    if (!figures?.carriers && !figures?.carriersUnknown) continue;
    const scenario = `${mode}, ${place}`;
    const said = `${seriesTitle(series)} ${busyCarriers(figures)}`;
    scenarios.set(scenario, [...(scenarios.get(scenario) ?? []), said]);
  }
  return [...scenarios].map(([scenario, said]) => `${scenario}: ${said.join('; ')}`);
}

/** The nodes of one component together; what is not known is said, and is not zero. */
function busyCarriers({ carriers = [], carriersUnknown = [] }: Figures): string {
  const components = new Map<string, number[]>();
  for (const carrier of carriers) {
    if (carrier.cpuMs < CARRIED_MS) continue;
    const title = carrierTitle(carrier);
    components.set(title, [...(components.get(title) ?? []), carrier.cpuMs]);
  }
  const parts = [...components].map(([title, each]) => {
    const sum = figure(each.reduce((total, ms) => total + ms, 0));
    return `${title} ${sum} ms${each.length > 1 ? ` on ${count(each.length, 'node')}` : ''}`;
  });
  return [...parts, ...(carriersUnknown.length > 0 ? [unknownCarriersText(carriersUnknown)] : [])].join(', ') || 'none';
}

/** What the backends saw of the client, scenarios alike together. */
export function clientAddressLines({ tables }: FamilyAnalysis): string[] {
  const groups = new Map<string, Set<string>>();
  for (const { mode, place, clientAddress } of tables.flatMap(({ cells }) => cells)) {
    if (!clientAddress) continue;
    const { found, forwardedFor, backendConnectionsReused: reused } = clientAddress;
    const said = [
      found === 'source'
        ? "the backend sees the client's own address"
        : found === 'nowhere'
          ? "the client's address is lost"
          : `the backend sees the proxy, and the client in X-Forwarded-For`,
      ...(found === 'nowhere' && forwardedFor ? [`X-Forwarded-For holds ${forwardedFor.join(', ')}`] : []),
      ...(reused === undefined ? [] : [`${percent(reused)} of the requests of the proof came over a connection used before`]),
    ].join('; ');
    groups.set(said, (groups.get(said) ?? new Set()).add(`${mode}, ${place}`));
  }
  return [...groups].map(([said, scenarios]) => `${[...scenarios].join('; ')}: ${said}`);
}

/** Labs about scale have a path for each number of Services and place, all of one shape. */
const MOST_PATHS = 12;

/** The proven hops of every scenario, those with the same ones together. */
export function pathLines({ tables }: FamilyAnalysis): string[] {
  const groups = new Map<string, Set<string>>();
  for (const { mode, place, hops = [], nodes, objects, unobserved } of tables.flatMap(({ cells }) => cells)) {
    if (hops.length === 0) continue;
    const seen = unobserved.some(({ subject }) => subject === 'path') ? ' (as far as it could be seen)' : '';
    const path = `${hopTexts({ hops, nodes, objects }).join(' -> ')}${seen}`;
    groups.set(path, (groups.get(path) ?? new Set()).add(`${mode}, ${place}`));
  }
  const lines = [...groups].map(([path, scenarios]) => `${[...scenarios].join('; ')}: ${path}`);
  const rest = lines.length - MOST_PATHS;
  return rest > 0
    ? [...lines.slice(0, MOST_PATHS), `${rest} more paths are in results.ndjson (type "proof", subject "path")`]
    : lines;
}
