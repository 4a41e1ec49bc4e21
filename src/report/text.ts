import pc from 'picocolors';
import type { BetweenAnalysis } from '../compare/between.ts';
import { collapsed } from '../compare/headline.ts';
import { methodOf } from '../compare/method.ts';
import { higherIsBetter } from '../compare/metric.ts';
import { seriesTitle } from '../compare/names.ts';
import { notesOf } from '../compare/notes.ts';
import { analyseRun, type FamilyAnalysis, type RunAnalysis, type Table } from '../compare/run.ts';
import type { Run } from '../results/run.ts';
import { metricName } from '../words/answer.ts';
import { bridgeLines, carrierLines, clientAddressLines, pathLines } from '../words/family-lines.ts';
import { deathLines, headlineText } from '../words/headline.ts';
import { methodWords } from '../words/method.ts';
import { noteText } from '../words/note.ts';
import { choiceWords } from '../words/provider-choice.ts';
import { skipLine } from '../words/skip.ts';
import { answerLines } from './answer-lines.ts';
import { differenceLines } from './difference-lines.ts';
import { mapLabels, plainLabel } from './plain.ts';
import { betweenTable, type Colours, cellTable } from './table.ts';
import { waterfallText } from './waterfall.ts';
import { wrap } from './wrap.ts';

export interface TextOptions {
  /** Whether the reader's terminal takes colours. */
  readonly colour: boolean;
  /** How wide it is; default: 100. */
  readonly columns?: number;
}

/** A run as text, from what lies on disk: the answers first, then the tables, then what one must know to trust them. */
export const renderRun = (run: Run, options: TextOptions): string => renderAnalysis(analyseRun(run), options);

export function renderAnalysis(raw: RunAnalysis, options: TextOptions): string {
  const analysis = mapLabels(raw, plainLabel);
  const style = styleFor(options);
  const { colours, section } = style;
  const { families, provider, directory, problems } = analysis;
  return joined([
    section(colours.bold(analysis.question), [...answerLines(analysis), ...deathLines(families).map((line) => `- ${line}`)]),
    section(
      bridgeTitle,
      bridgeLines(analysis).flatMap(({ against, sides }) => [`- ${against}`, ...sides.map((side) => `    ${side}`)]),
    ),
    ...families.flatMap((family) => familySections(family, analysis.equivalencePercent, style)),
    section(
      'Skipped',
      analysis.skips.map((skip) => `- ${skipLine(skip)}`),
    ),
    section(
      'Problems with the files',
      problems.map((problem) => `- ${problem}`),
    ),
    section(undefined, [`Provider ${provider.name} (${choiceWords(provider.chosen)}). Raw results: ${directory}`]),
  ]);
}

/** Stored runs, each against the first of them. Where environments differ, that is the first line. */
export function renderBetween(raw: readonly BetweenAnalysis[], options: TextOptions): string {
  const analyses = mapLabels(raw, plainLabel);
  const style = styleFor(options);
  const { colours, section } = style;
  const forced = [...new Set(analyses.flatMap(({ differences }) => differenceLines(differences)))];
  return joined([
    forced.length === 0
      ? ''
      : section(
          colours.yellow('FORCED: environments of these runs differ:'),
          forced.map((line) => `- ${line}`),
        ),
    ...analyses.flatMap((analysis) => betweenSections(analysis, style)),
  ]);
}

function betweenSections(
  { run, against, tables, unmatched, problems, equivalencePercent }: BetweenAnalysis,
  { colours, section }: Style,
): string[] {
  const answers = collapsed(tables.flatMap(({ comparisons }) => comparisons));
  return [
    section(colours.bold(`${run.directory} (now) against ${against.directory} (then), unpaired`), [
      ...(answers.length === 0 ? ['No cell is in both runs, so nothing can be compared.'] : []),
      ...answers.map((item) => `- ${headlineText(item, equivalencePercent)}`),
    ]),
    ...tables.map((table) =>
      section(colours.bold(tableTitle(table.title, table)), [
        betweenTable(table.comparisons, colours),
        ...method(table, equivalencePercent),
      ]),
    ),
    section(
      'Only in one of the runs',
      unmatched.map(
        ({ side, cell }) => `- ${side === 'run' ? 'now' : 'then'}: ${cell.mode}, ${cell.place}, ${seriesTitle(cell.series)}`,
      ),
    ),
    section(
      'Problems with the files',
      problems.map((problem) => `- ${problem}`),
    ),
  ];
}

const bridgeTitle = 'Ratios across families (no verdicts)';

function familySections(family: FamilyAnalysis, equivalencePercent: number, { colours, section }: Style): string[] {
  return [
    ...family.tables.map((table) =>
      section(colours.bold(tableTitle(family.title, table)), [cellTable(table, colours), ...method(table, equivalencePercent)]),
    ),
    ...family.tables.flatMap(({ series, waterfalls }) =>
      waterfalls.map((waterfall) =>
        section(colours.bold(`${waterfall.mode}, ${seriesTitle(series)}: what each hop adds to the median`), [
          waterfallText(waterfall),
          'Medians combine all windows; what a hop adds is the mean within blocks. The two need not add up.',
        ]),
      ),
    ),
    section(
      `Notes on ${family.title}`,
      notesOf(family).map((note) => `- ${noteText(note, equivalencePercent)}`),
    ),
    section(
      `Processes that carried the traffic in ${family.title}: CPU per 1,000 requests`,
      carrierLines(family).map((line) => `- ${line}`),
    ),
    section(
      `Paths in ${family.title}, as proven`,
      pathLines(family).map((path) => `- ${path}`),
    ),
    section(
      `Client address in ${family.title}`,
      clientAddressLines(family).map((line) => `- ${line}`),
    ),
  ];
}

function tableTitle(title: string, { series, metric }: Pick<Table, 'series' | 'metric'>): string {
  return `${title}: ${seriesTitle(series)} (ratios of the ${metricName(metric)}; ${higherIsBetter(metric) ? 'above' : 'below'} 1 is faster)`;
}

const method = (table: Pick<Table, 'tests' | 'comparisons'>, equivalencePercent: number): string[] =>
  table.comparisons.length === 0 ? [] : [methodWords(methodOf(table, equivalencePercent))];

/** How one reader's text is set: a title over lines, and nothing where there are no lines. */
interface Style {
  readonly colours: Colours;
  section(title: string | undefined, lines: readonly string[]): string;
}

/** Tables keep their width, sentences are broken, and what is set off stays so. */
function styleFor({ colour, columns = 100 }: TextOptions): Style {
  const broken = (line: string) => wrap(line.replace(/^ *(- )?/, ''), /^ *(- )?/.exec(line)![0], Math.min(columns, 100));
  return {
    colours: pc.createColors(colour),
    section(title, lines) {
      if (lines.length === 0) return '';
      const body = lines.flatMap((line) => (line.includes('\n') ? line : broken(line)));
      return [...(title === undefined ? [] : [title]), ...body].join('\n');
    },
  };
}

const joined = (sections: readonly string[]): string => sections.filter((text) => text !== '').join('\n\n');
