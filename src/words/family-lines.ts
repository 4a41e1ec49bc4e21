import type { Figures } from '../compare/cell.ts';
import { seriesTitle } from '../compare/names.ts';
import type { FamilyAnalysis, RunAnalysis } from '../compare/run.ts';
import { metricName } from './answer.ts';
import { carrierTitle, unknownCarriersText } from './carriers.ts';
import { count, figure, interval, percent, ratio } from './format.ts';
import { hopTexts } from './hop.ts';

/** Ratios to the member that families share, beside each other: never a verdict from one family to another. */
export function bridgeLines({ bridges }: RunAnalysis): { readonly against: string; readonly sides: readonly string[] }[] {
  return bridges.map(({ shared, place, series, sides }) => ({
    against: `against ${shared}, ${place}, ${seriesTitle(series)}:`,
    sides: sides.map(({ title, comparison: { cell, estimate, metric } }) => {
      const seen = estimate
        ? `${ratio(estimate.ratio)} ${interval(estimate.interval95)} times the ${metricName(metric)}`
        : 'no figures';
      return `${cell.mode}: ${seen} (${title})`;
    }),
  }));
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
      ...(found === 'nowhere' && forwardedFor ? [`X-Forwarded-For: ${forwardedFor.join(', ')}`] : []),
      ...(reused === undefined ? [] : [`${percent(reused)} of the proof's requests reused a backend connection`]),
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
    const seen = unobserved.some(({ subject }) => subject === 'path') ? ' (as far as observable)' : '';
    const path = `${hopTexts({ hops, nodes, objects }).join(' -> ')}${seen}`;
    groups.set(path, (groups.get(path) ?? new Set()).add(`${mode}, ${place}`));
  }
  const lines = [...groups].map(([path, scenarios]) => `${[...scenarios].join('; ')}: ${path}`);
  const rest = lines.length - MOST_PATHS;
  return rest > 0
    ? [...lines.slice(0, MOST_PATHS), `${rest} more paths are in results.ndjson (type "proof", subject "path")`]
    : lines;
}
