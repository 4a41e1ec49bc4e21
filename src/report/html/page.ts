import { sha256 } from '@noble/hashes/sha2.js';
import { base64 } from '@scure/base';
import { mapLabels, plainLabel } from '../plain.ts';
import { type Report, type ReportedRun, runsAsked } from '../report.ts';
import { answerBlock } from './answer.ts';
import { html, label, type Markup, markupText, trusted } from './markup.ts';
import { runName } from './run-name.ts';
import { script } from './script.ts';
import type { Section, View } from './section.ts';
import { sectionsAfter, sectionsBefore, sectionsOfRun } from './sections.ts';
import { style } from './style.ts';

/**
 * A report as one HTML file that needs nothing but itself: style, pictures, script and raw data are inside, and its policy forbids the
 * browser to load anything or to run any other script. The same report gives the same page.
 */
export function reportHtml(raw: Report): string {
  const shown = mapLabels(raw, plainLabel);
  const view = { shown, raw };
  const runs = runViews(view);
  const [single] = runs.length === 1 ? runs : [];
  const title = single ? single.shown.analysis.question : `${runs.length} runs`;
  const { made, trafficlab } = shown;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title} - trafficlab</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the answer</a>
<header><span class="brand">trafficlab</span> <span>report of <time datetime="${made}">${readable(made)}</time></span></header>
<main id="main">
${single ? runBlock(single, sectionsBefore(view)) : runBlocks(view, runs, title)}
${sectionsAfter(view).map((section) => sectionBlock(section, 2, ''))}
</main>
<footer><p>Made by trafficlab ${trafficlab}, <time datetime="${made}">${made}</time>.</p></footer>
<script>${trusted(script)}</script>
</body>
</html>
`;
  return markupText(page);
}

/** 'unsafe-inline' is for styles alone: charts carry theirs in attributes, which no hash can allow. */
function policy(): string {
  const hash = base64.encode(sha256(new TextEncoder().encode(script)));
  return `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
}

/** "2026-11-25 22:40 UTC". */
const readable = (made: string): string => made.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*Z$/, '$1 $2 UTC');

/** What is shown of a run is a copy of what was measured, in the same order. */
const runViews = ({ shown, raw }: View<Report>): View<ReportedRun>[] => {
  const asked = runsAsked(raw);
  return raw.runs.flatMap((run, index) => (asked.includes(run) ? [{ shown: shown.runs[index]!, raw: run }] : []));
};

/** The one run's question is the title of the page; its answer stands before all, what concerns other runs too comes next. */
function runBlock({ shown, raw }: View<ReportedRun>, before: readonly Section[]): Markup {
  const { analysis } = shown;
  const sections = [...before, ...sectionsOfRun({ shown, raw })];
  return html`<article>
<p class="lab">${label(analysis.lab)}</p>
${heading(1, analysis.question)}
${answerBlock(analysis)}
${sectionLinks(sections, '', 'Sections')}
${sections.map((section) => sectionBlock(section, 2, ''))}
</article>`;
}

function runBlocks(view: View<Report>, runs: readonly View<ReportedRun>[], title: string): Markup {
  return html`${heading(1, title)}
<nav aria-label="Runs"><ol>${runs.map(({ shown: { analysis } }, index) => {
    const { lab, question, directory } = analysis;
    return html`<li><a href="#run-${index + 1}">${label(lab)}</a> ${label(question)} ${runName(directory)}</li>`;
  })}</ol></nav>
${sectionsBefore(view).map((section) => sectionBlock(section, 2, ''))}
${runs.map(runOfSeveral)}`;
}

function runOfSeveral(view: View<ReportedRun>, index: number): Markup {
  const { analysis } = view.shown;
  const id = `run-${index + 1}`;
  const sections = sectionsOfRun(view);
  return html`<article id="${id}">
<p class="lab">${label(analysis.lab)} ${runName(analysis.directory)}</p>
${heading(2, analysis.question)}
${answerBlock(analysis)}
${sectionLinks(sections, `${id}-`, `Sections of run ${index + 1}`)}
${sections.map((section) => sectionBlock(section, 3, `${id}-`))}
</article>`;
}

const sectionLinks = (sections: readonly Section[], prefix: string, name: string): Markup =>
  html`<nav class="sections" aria-label="${name}"><ul>${sections.map(
    ({ id, title }) => html`<li><a href="#${prefix}${id}">${title}</a></li>`,
  )}</ul></nav>`;

const sectionBlock = ({ id, title, body }: Section, level: 2 | 3, prefix: string): Markup =>
  html`<section id="${prefix}${id}">
${heading(level, title)}
${body}
</section>`;

function heading(level: 1 | 2 | 3, title: string): Markup {
  const inside = label(title);
  if (level === 1) return html`<h1>${inside}</h1>`;
  return level === 2 ? html`<h2>${inside}</h2>` : html`<h3>${inside}</h3>`;
}
