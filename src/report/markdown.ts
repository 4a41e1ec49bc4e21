import type { BetweenAnalysis } from '../compare/between.ts';
import type { Cell } from '../compare/cell.ts';
import type { Comparison } from '../compare/comparison.ts';
import { methodOf } from '../compare/method.ts';
import { notObserved, seriesTitle } from '../compare/names.ts';
import { notesOf } from '../compare/notes.ts';
import type { FamilyAnalysis, RunAnalysis } from '../compare/run.ts';
import type { Verdict } from '../compare/verdict.ts';
import { metricName, subject } from '../words/answer.ts';
import { baselineLines } from '../words/baseline.ts';
import { bridgeLines, carrierLines, clientAddressLines, pathLines } from '../words/family-lines.ts';
import { figure, interval, ratio, share } from '../words/format.ts';
import { deathLines } from '../words/headline.ts';
import { methodWords } from '../words/method.ts';
import { noVerdictWords } from '../words/no-verdict.ts';
import { noteText } from '../words/note.ts';
import { choiceWords } from '../words/provider-choice.ts';
import { skipLine } from '../words/skip.ts';
import { answerLines } from './answer-lines.ts';
import { differenceLines } from './difference-lines.ts';
import { environmentOf } from './environment.ts';
import { markdownLabel } from './markdown-label.ts';
import { fitted, type MarkdownSection } from './markdown-sections.ts';
import { mapLabels, plainLabel } from './plain.ts';
import { repeatCommand } from './repeat.ts';
import { type Report, type ReportedRun, runsAsked } from './report.ts';
import { added, hopName } from './waterfall.ts';

/** A comment on GitHub holds 65,536 characters, and whoever posts it adds a line. */
const LONGEST = 65_000;
const WHOLE = 'the HTML and JSON reports have everything: `npm run report -- --format all`';

/** A report as Markdown for a pull request: the answers, then the verdicts and what one must know to trust them, the rest folded. */
export function reportMarkdown(raw: Report): string {
  const report = mapLabels(raw, markdownLabel);
  const { between, checks, made, trafficlab } = report;
  const runs = runsAsked(report);
  const sections: MarkdownSection[] = [
    { head: ['### Baseline', ''], lines: checks.flatMap(baselineLines).map((line) => `- ${line}`) },
    ...runs.map(({ analysis }) => answerSection(analysis)),
    ...between.flatMap(betweenSections),
    ...runs.flatMap(({ analysis }) => verdictSections(analysis)),
    ...runs.flatMap(({ analysis }) => analysis.families.flatMap(waterfallSections)),
    ...runs.map(({ analysis }) => notesSection(analysis)),
    { head: ['---', ''], lines: [`Made by trafficlab ${trafficlab}, ${made}.`] },
    folded('Commands to repeat this', commandLines(raw), fenceOf(raw)),
    ...runs.flatMap(foldedSections),
  ];
  return fitted(sections, LONGEST, WHOLE);
}

function answerSection(analysis: RunAnalysis): MarkdownSection {
  return {
    head: [`## ${analysis.question}`, ''],
    lines: [
      ...answerLines(analysis),
      ...deathLines(analysis.families).map((line) => `- ${line}`),
      ...bridgeLines(analysis).flatMap(({ against, sides }) => [`- ${against}`, ...sides.map((side) => `  - ${side}`)]),
    ],
  };
}

function betweenSections({ run, against, tables, differences, equivalencePercent }: BetweenAnalysis): MarkdownSection[] {
  const forced = differenceLines(differences).map((line) => `**Environments differ**: ${line}.  `);
  return tables.map(({ title, series, comparisons, tests }) => ({
    head: [
      `### Now against then, ${title}, ${seriesTitle(series)}`,
      '',
      `Now: ${run.directory}. Then: ${against.directory}. Unpaired.  `,
      ...forced,
      '',
      ...verdictHead,
    ],
    lines: comparisons.map(verdictRow),
    tail: ['', methodWords(methodOf({ tests, comparisons }, equivalencePercent))],
  }));
}

function verdictSections({ families, equivalencePercent }: RunAnalysis): MarkdownSection[] {
  const several = families.length > 1;
  return families.flatMap((family) =>
    family.tables.map(({ series, comparisons, tests }) => ({
      head: [`### Verdicts, ${seriesTitle(series)}${several ? `, ${family.title}` : ''}`, '', ...verdictHead],
      lines: comparisons.map(verdictRow),
      tail: ['', methodWords(methodOf({ tests, comparisons }, equivalencePercent))],
    })),
  );
}

const verdictHead = ['| compared | metric | ratio | 95 % interval | verdict |', '|---|---|--:|---|---|'];

function verdictRow(comparison: Comparison): string {
  const { metric, estimate, verdict } = comparison;
  const figures = estimate ? [ratio(estimate.ratio), interval(estimate.interval95)] : ['', ''];
  return row([subject(comparison), metricName(metric), ...figures, verdictText(verdict)]);
}

function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'faster':
    case 'slower':
      return `**${verdict.kind}**`;
    case 'equivalent':
      return 'equivalent';
    case 'cannot-tell':
      return 'cannot tell';
    case 'none':
      return `no verdict: ${noVerdictWords(verdict.because).reason}`;
  }
}

function waterfallSections({ tables }: FamilyAnalysis): MarkdownSection[] {
  return tables.flatMap(({ series, waterfalls }) =>
    waterfalls.map(({ mode, steps }) => ({
      head: [
        `### What each hop adds to the median: ${mode}, ${seriesTitle(series)}`,
        '',
        '| hop | p50 us | adds |',
        '|---|--:|---|',
      ],
      lines: steps.map((step) => row([hopName(step), figure(step.p50), added(step)])),
    })),
  );
}

function notesSection({ families, equivalencePercent, skips, problems }: RunAnalysis): MarkdownSection {
  return {
    head: ['### Validity', ''],
    lines: [
      ...families.flatMap(notesOf).map((note) => noteText(note, equivalencePercent)),
      ...skips.map((skip) => `skipped: ${skipLine(skip)}`),
      ...problems.map((problem) => `problem with the files: ${problem}`),
    ].map((note) => `- ${note}`),
  };
}

function foldedSections({ run, analysis: { families, lab, provider, directory } }: ReportedRun): MarkdownSection[] {
  const of = (name: string) => `${name}: ${lab}`;
  const cells = families.flatMap(({ tables }) => tables.flatMap((table) => table.cells));
  const items = (lines: (family: FamilyAnalysis) => readonly string[]) => families.flatMap(lines).map((line) => `- ${line}`);
  return [
    folded(of('Figures'), cells.map(figureRow), { before: figureHead }),
    folded(of('Processes that carried the traffic, CPU per 1,000 requests'), items(carrierLines)),
    folded(of('Client address'), items(clientAddressLines)),
    folded(
      of('Environment'),
      [
        row(['run', 'raw results', directory]),
        row(['run', 'provider', `${provider.name} (${choiceWords(provider.chosen)})`]),
        ...environmentOf(run).map(({ where, what, value }) => row([where, what, value])),
      ],
      { before: ['| of | what | seen |', '|---|---|---|'] },
    ),
    folded(of('Paths, as proven'), items(pathLines)),
  ];
}

const figureHead = [
  '| scenario | series | requests | rate/s | p50 us | p90 us | p99 us | p99.9 us | errors | generator CPU % | |',
  '|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|',
];

function figureRow({ mode, place, series, figures, standing, unobserved }: Cell): string {
  const name = [`${mode}, ${place}`, seriesTitle(series)];
  if (!figures) return row([...name, ...Array(8).fill(''), standing.kind === 'unproven' ? 'not proven' : 'not measured']);
  const { requests, rate, p50, p90, p99, p999, errors, reconnects, cpuShare } = figures;
  const reconnected = reconnects ? reconnects.asked + reconnects.idle : 0;
  return row([
    ...name,
    requests.toLocaleString('en'),
    // First packets are sent one by one, so how many came in a second says nothing.
    series === 'first-packet' ? '-' : figure(rate),
    ...[p50, p90, p99, p999].map(figure),
    errors.toLocaleString('en'),
    share(cpuShare),
    [
      ...(standing.kind === 'ranked' ? [] : ['not ranked']),
      ...(reconnected > 0 ? [`${reconnected.toLocaleString('en')} reconnects without loss`] : []),
      ...(unobserved.length > 0 ? [notObserved(unobserved)] : []),
    ].join(', '),
  ]);
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

interface FoldOptions {
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

function folded(summary: string, lines: readonly string[], { before = [], after = [] }: FoldOptions = {}): MarkdownSection {
  return {
    head: ['<details>', `<summary>${summary}</summary>`, '', ...before],
    lines,
    tail: [...after, '', '</details>'],
  };
}

/** Nothing is escaped inside a fence, so labels are as they are but for what would be obeyed. */
const commandLines = (report: Report): string[] => [
  ...new Set(runsAsked(report).map(({ run }) => plainLabel(repeatCommand(run.plan)))),
];

/** A fence longer than any run of backticks in it. */
function fenceOf(report: Report): FoldOptions {
  const runs = commandLines(report).flatMap((line) => line.match(/`+/g) ?? []);
  const fence = '`'.repeat(Math.max(3, ...runs.map(({ length }) => length + 1)));
  return { before: [`${fence}sh`], after: [fence] };
}
