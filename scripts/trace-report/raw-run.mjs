import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeHistogram, groupedMedian, mergeHistograms, percentile } from './histogram.mjs';
import { median } from './statistics.mjs';

const SERIES = ['keep-alive', 'new-connection', 'first-packet'];

/** A run's three files, and from them its cells by family and series. Lines that were cut off are left out, as the report says. */
export function readRawRun(folder) {
  const file = (name) => readFileSync(join(folder, name), 'utf8');
  const records = file('results.ndjson')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line)];
      } catch {
        return [];
      }
    });
  const run = { plan: JSON.parse(file('plan.json')), facts: factsIn(folder), records };
  return { ...run, families: run.plan.families.map((family) => rawFamily(run, family)) };
}

function rawFamily(run, family) {
  const of = (wanted) => run.records.filter(({ type, family: id }) => type === wanted && id === family.id);
  return {
    id: family.id,
    plannedBlocks: family.order.length,
    seenBlocks: new Set(of('cell').map(({ block }) => block)).size,
    outcome: of('end').at(-1)?.outcome ?? 'died',
    tables: rawTables(run, family),
  };
}

function factsIn(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'facts.json'), 'utf8')).clusters;
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

/** The series of a family that were planned, each with its cells in the order of the plan. */
function rawTables(run, family) {
  const planned = family.order.flat();
  return SERIES.flatMap((series) => {
    const scenarios = family.scenarios.filter(({ id }) => planned.some((cell) => cell.scenario === id && cell.series === series));
    const cells = scenarios.map((scenario) => rawCell(run, family, scenario, series));
    return cells.length === 0 ? [] : [{ series, cells }];
  });
}

function rawCell(run, family, scenario, series) {
  const lines = run.records.filter(
    (one) => one.type === 'cell' && one.family === family.id && one.scenario === scenario.id && one.series === series,
  );
  const windows = [...new Map(lines.map((line) => [line.block, line])).values()].sort((a, b) => a.block - b.block);
  const checks = failedChecks(windows);
  const kind = standing(run, family, scenario, windows, checks);
  const measured = kind === 'ranked' || kind === 'unranked' ? windows : [];
  const histograms = measured.map(({ histogram }) => decodeHistogram(histogram));
  const blocks = measured.map(({ block, requests, durationMs }, index) => ({
    block,
    rate: (requests * 1000) / durationMs,
    p50: groupedMedian(histograms[index]),
    p99: percentile(histograms[index], 990),
  }));
  const facts = factsOf(run, family, scenario.cluster);
  const path = proofsOf(run, family, scenario).findLast(
    (proof) => proof.subject === 'path' && !isRefuted(proof) && proof.scenario === scenario.id,
  );
  return {
    family: family.id,
    scenario,
    series,
    kernel: facts?.kernel,
    kubernetes: facts?.kubernetes,
    standing: { kind },
    ...(measured.length > 0 ? { figures: figures(measured, histograms, run.plan.lab.load.warmup * 1000) } : {}),
    blocks,
    plannedBlocks: family.order.filter((order) => order.some((cell) => cell.scenario === scenario.id && cell.series === series))
      .length,
    failedChecks: measured.length > 0 ? checks : [],
    outliers: outliers(blocks, series === 'keep-alive' ? 'rate' : 'p50'),
    unobserved: unobserved(run, family, scenario),
    ...(path?.objects?.length ? { objects: path.objects } : {}),
    ...(path?.clientAddress ? { clientAddress: path.clientAddress } : {}),
  };
}

const holders = (run, cluster) => run.plan.families.filter(({ clusters }) => clusters.some(({ id }) => id === cluster)).length;

const factsOf = (run, family, cluster) =>
  run.facts[`${family.id}/${cluster}`] ?? (holders(run, cluster) > 1 ? undefined : run.facts[cluster]);

const proofsOf = (run, family, scenario) =>
  run.records.filter(
    (one) =>
      one.type === 'proof' &&
      one.cluster === scenario.cluster &&
      [undefined, family.id].includes(one.family) &&
      [undefined, scenario.id].includes(one.scenario),
  );

/** What nobody could look at is neither proven nor refuted. */
const isRefuted = ({ proven, failures, unobservable = [] }) => !proven && (failures.length > 0 || unobservable.length === 0);

/** Unproven: a proof about it failed, or one that it needs is not there. */
function standing(run, family, scenario, windows, checks) {
  const about = proofsOf(run, family, scenario);
  const needed = scenario.topology.entry === 'pod' ? ['mode', 'path'] : ['mode', 'rules', 'path'];
  const own = about.filter((proof) => proof.family === family.id || holders(run, scenario.cluster) === 1);
  const proven = !about.some(isRefuted) && needed.every((subject) => own.some((proof) => proof.subject === subject));
  if (!proven) return 'unproven';
  if (windows.length === 0) return 'unmeasured';
  return checks.some(({ unranks }) => unranks) ? 'unranked' : 'ranked';
}

/** The subjects that nobody could look at, in the order in which they came up. */
function unobserved(run, family, scenario) {
  const proofs = proofsOf(run, family, scenario).filter(
    ({ subject, unobservable = [] }) => unobservable.length > 0 && (subject !== 'rules' || scenario.topology.entry !== 'pod'),
  );
  return [...new Set(proofs.map(({ subject }) => subject))].map((subject) => ({ subject }));
}

/** Wrong answers count in any block, a bound generator in half of them, the rest in more than a third. */
function failedChecks(windows) {
  const failures = windows.flatMap(({ block, checks }) => checks.flatMap(({ ok, name }) => (ok ? [] : [{ name, block }])));
  return [...new Set(failures.map(({ name }) => name))].map((name) => {
    const blocks = [...new Set(failures.filter((one) => one.name === name).map(({ block }) => block))];
    const enough = ['errors', 'time-outs', 'non-2xx'].includes(name)
      ? true
      : name === 'generator-bound'
        ? 2 * blocks.length >= windows.length
        : 3 * blocks.length > windows.length;
    return { name, blocks, of: windows.length, unranks: enough };
  });
}

function figures(windows, histograms, warmupMs) {
  const all = mergeHistograms(histograms);
  const sum = (of) => windows.reduce((total, window) => total + of(window), 0);
  const counts = (record, wanted = () => true) =>
    Object.entries(record).reduce((total, [key, count]) => (wanted(key) ? total + count : total), 0);
  const requests = sum((window) => window.requests);
  const reconnects = windows.flatMap((window) => window.reconnects ?? []);
  const total = (reason) => reconnects.reduce((all, one) => all + one[reason], 0);
  const generators = windows.flatMap(({ generator }) => generator ?? []);
  const carriers = [...new Set(windows.flatMap(({ carriersCpuMs = {} }) => Object.keys(carriersCpuMs)))];
  // CPU is counted over all load of a cell, so a window has its share of the time; for 1,000 of its requests. Where that time was not
  // recorded it is the window's, after a warm-up in every series but first packets.
  const loaded = ({ loadMs, durationMs, series }) => loadMs ?? durationMs + (series === 'first-packet' ? 0 : warmupMs);
  const perThousand = (window, name) =>
    window.requests === 0
      ? 0
      : (((window.carriersCpuMs?.[name] ?? 0) * window.durationMs) / loaded(window) / window.requests) * 1000;
  return {
    rate: (requests * 1000) / sum((window) => window.durationMs),
    p50: groupedMedian(all),
    p90: percentile(all, 900),
    p99: percentile(all, 990),
    p999: percentile(all, 999),
    histogram: all,
    requests,
    errors: sum(
      ({ errors, timeouts, statusCounts }) =>
        counts(errors) + timeouts + counts(statusCounts, (status) => !status.startsWith('2')),
    ),
    ...(reconnects.length > 0 ? { reconnects: { asked: total('asked'), idle: total('idle') } } : {}),
    ...(generators.length > 0
      ? {
          cpuShare: median(generators.map(({ cpuShare }) => cpuShare)),
          eventLoopUtilization: median(generators.map(({ eventLoopUtilization }) => eventLoopUtilization)),
        }
      : {}),
    ...(carriers.length > 0
      ? {
          carriers: Object.fromEntries(
            carriers.map((name) => [name, median(windows.map((window) => perThousand(window, name)))]),
          ),
        }
      : {}),
  };
}

/** Ten robust standard deviations away; a deviation counts as typically half a percent of the median at least. */
function outliers(blocks, metric) {
  if (blocks.length < 3) return [];
  const centre = median(blocks.map((block) => block[metric]));
  const typical = Math.max(median(blocks.map((block) => Math.abs(block[metric] - centre))), 0.005 * centre);
  return blocks
    .filter((block) => Math.abs(block[metric] - centre) > 14.826 * typical)
    .map((block) => ({ block: block.block, metric, figure: block[metric], median: centre }));
}
