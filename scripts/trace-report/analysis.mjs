import { rawCheck, rawComparisons, rawWaterfalls } from './verdicts.mjs';

/** What a report should say of a run, in the report's shape, without the labels. Whom it compares with whom is taken from the report. */
export function ownAnalysis(own, { families, bridges }) {
  const { equivalence, hops } = own.plan.lab;
  const analysed = own.families.map((family) => ({
    ...family,
    tables: family.tables.map(({ series, cells }) => {
      const reported = families.find(({ id }) => id === family.id)?.tables.find((table) => table.series === series);
      const pairs = (reported?.comparisons ?? []).map(({ kind, cell, against }) => {
        const sides = [cell, against].map((name) => cells.find(({ scenario }) => scenario.id === name.scenario));
        return { kind, cell: sides[0], against: sides[1], outcomes: [{ outcome: family.outcome, cells: sides }] };
      });
      return {
        series,
        metric: series === 'keep-alive' ? 'rate' : 'p50',
        cells,
        ...rawComparisons(pairs, equivalence),
        pairs,
        waterfalls: hops ? rawWaterfalls(cells) : [],
      };
    }),
  }));
  const bridged = (side) => {
    const tables = analysed.find(({ id }) => id === side.family)?.tables ?? [];
    const { cell, against } = side.comparison;
    const table = tables.find(({ series }) => series === cell.series);
    const index = table?.pairs.findIndex(
      (pair) =>
        pair.kind === side.comparison.kind &&
        pair.cell.scenario.id === cell.scenario &&
        pair.against.scenario.id === against.scenario,
    );
    return { comparison: table?.comparisons[index] };
  };
  return {
    equivalencePercent: equivalence,
    families: analysed.map((family) => ({ ...family, tables: family.tables.map(({ pairs: _, ...table }) => table) })),
    bridges: bridges.map(({ sides }) => ({ sides: sides.map(bridged) })),
  };
}

const allCells = (run) => run.families.flatMap(({ tables }) => tables.flatMap(({ cells }) => cells));
const isSame = (one, other) =>
  one.family === other.family && one.scenario.id === other.scenario.id && one.series === other.series;

/** The cells that two runs both have, by family and series; the band is the earlier run's. */
function betweenTables(run, against) {
  const outcome = ({ families }, cell) => ({ outcome: families.find(({ id }) => id === cell.family).outcome, cells: [cell] });
  const tables = run.families
    .flatMap(({ tables: ofFamily }) => ofFamily)
    .map(({ series, cells }) => {
      const pairs = cells.flatMap((cell) => {
        const other = allCells(against).find((one) => isSame(one, cell));
        return other ? [{ kind: 'run', cell, against: other, outcomes: [outcome(run, cell), outcome(against, other)] }] : [];
      });
      return {
        series,
        metric: series === 'keep-alive' ? 'rate' : 'p50',
        pairs,
        ...rawComparisons(pairs, against.plan.lab.equivalence),
      };
    });
  return tables.filter(({ pairs }) => pairs.length > 0);
}

/** What a report should say of a run against an earlier one. @param raw runs by their folder. */
export function ownBetween(raw, { run, against }) {
  const earlier = raw.get(against.directory);
  return {
    equivalencePercent: earlier.plan.lab.equivalence,
    tables: betweenTables(raw.get(run.directory), earlier).map(({ pairs: _, ...table }) => table),
  };
}

/** What a report should say of a run held up against its baseline; how much is tolerated is the report's own. */
export function ownCheck(raw, { run, baseline, tolerancePercent }) {
  const [own, earlier] = [run, baseline].map(({ directory }) => raw.get(directory));
  const tables = betweenTables(own, earlier);
  const gone = allCells(earlier).filter((cell) => cell.figures && !allCells(own).some((one) => isSame(one, cell)));
  return {
    tolerancePercent,
    cells: rawCheck(
      tables.flatMap(({ pairs }) => pairs),
      tables.flatMap(({ comparisons }) => comparisons),
      gone,
      tolerancePercent,
    ),
  };
}
