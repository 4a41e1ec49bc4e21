import { type HeadlineItem, headlineOf } from '../../compare/headline.ts';
import { notesOf } from '../../compare/notes.ts';
import type { RunAnalysis } from '../../compare/run.ts';
import { type Answer, answerOf } from '../../words/answer.ts';
import { count } from '../../words/format.ts';
import { headlineText } from '../../words/headline.ts';
import { shownHops } from '../../words/hop.ts';
import { methodSummary } from '../../words/method.ts';
import { list } from './list.ts';
import { html, label, type Markup, type Part, sentence } from './markup.ts';

/** What a reader sees first: the answer, who carried the traffic, how sure that is, where and when it was seen. */
export function answerBlock(analysis: RunAnalysis): Markup {
  const { equivalencePercent } = analysis;
  const items = headlineOf(analysis);
  const text = (item: HeadlineItem) => headlineText(item, equivalencePercent);
  const lead = leadOf(items);
  const rest = items.filter((item) => item !== (lead ?? items[0])).map(text);
  const more = rest.length > SHOWN + 1 ? rest.slice(SHOWN) : [];
  return html`${lead ? leadSentence(answerOf(lead.comparison, equivalencePercent)) : html`<p class="lead">${sentence(text(items[0]!))}</p>`}
${list(rest.slice(0, rest.length - more.length))}
${more.length > 0 && html`<details class="more"><summary>${more.length} more answers</summary>${list(more)}</details>`}
<dl class="facts">${facts(analysis).map(([name, said]) => html`<div><dt>${name}</dt><dd>${said}</dd></div>`)}</dl>`;
}

/** Further answers unfold, so that the first screen stays one. */
const SHOWN = 4;

type AnswerItem = Extract<HeadlineItem, { code: 'answer' }>;

/** Of the kind of comparison that comes first, what was decided and differs most. */
function leadOf(items: readonly HeadlineItem[]): AnswerItem | undefined {
  const answers = items.filter((item): item is AnswerItem => item.code === 'answer');
  const distance = ({ comparison: { estimate } }: AnswerItem) => Math.abs(estimate?.logRatio ?? 0);
  const decided = answers.filter(({ comparison: { verdict } }) => verdict.kind !== 'cannot-tell');
  const candidates = decided.length > 0 ? decided : answers;
  const alike = candidates.filter(({ comparison: { kind } }) => kind === candidates[0]!.comparison.kind);
  return alike.sort((one, other) => distance(other) - distance(one))[0];
}

/** What it is about, what came out, and in brackets what that rests on. */
const leadSentence = ({ about, finding, basis = '' }: Answer): Markup =>
  html`<p class="lead"><span class="about">${label(`${about}:`)}</span> ${sentence(finding)}<span class="note">${sentence(basis && ` ${basis}`)}</span></p>`;

function facts(analysis: RunAnalysis): (readonly [string, Part])[] {
  const { families, provider } = analysis;
  const carried = carriedBy(analysis);
  const kernels = unique(families.flatMap(cellsOf).flatMap(({ kernel }) => kernel ?? []));
  return [
    ...(carried.length > 0 ? [['Carried by', carried] as const] : []),
    ['How sure', sureness(analysis)],
    ['Measured on', html`${label(provider.name)}${kernels.length > 0 && html`, kernel ${kernels.map(label)}`}`],
  ];
}

const cellsOf = ({ tables }: RunAnalysis['families'][number]) => tables.flatMap(({ cells }) => cells);

/** The kernels' ways and the programs that proven paths led through. */
function carriedBy({ families }: RunAnalysis): Markup[] {
  const hops = families.flatMap(cellsOf).flatMap(({ mode, hops = [] }) => shownHops({ hops }).map((hop) => ({ mode, ...hop })));
  const kernels = unique(hops.flatMap(({ mode, part }) => (part === 'kernel' ? [mode] : [])));
  const processes = unique(hops.flatMap(({ mode, part, program }) => (part === 'process' ? [program ?? `${mode} proxy`] : [])));
  return [
    ...kernels.map((name) => html`<span class="hop kernel">kernel, ${label(name)}</span> `),
    ...processes.map((name) => html`<span class="hop process">process, ${label(name)}</span> `),
  ];
}

function sureness({ families, skips, problems }: RunAnalysis): string {
  const blocks = families.reduce((most, { seenBlocks }) => Math.max(most, seenBlocks), 0);
  const tests = families.flatMap(({ tables }) => tables).reduce((sum, table) => sum + table.tests, 0);
  const scenarios = new Map(families.flatMap(cellsOf).map((cell) => [`${cell.family} ${cell.scenario.id}`, cell]));
  const proven = [...scenarios.values()].filter(({ standing }) => standing.kind !== 'unproven');
  const partly = proven.filter(({ unobserved }) => unobserved.length > 0).length;
  const notes = families.flatMap(notesOf).length + skips.length + problems.length;
  return [
    `${proven.length - partly} of ${count(scenarios.size, 'way')} proven${partly > 0 ? `, ${partly} partly` : ''}`,
    `${count(blocks, 'block')}, interleaved`,
    ...(tests > 0 ? [methodSummary(tests)] : []),
    notes === 0 ? 'no check failed' : `${count(notes, 'note')} under Validity`,
  ].join('; ');
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
