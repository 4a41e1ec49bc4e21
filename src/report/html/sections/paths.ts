import type { FamilyAnalysis } from '../../../compare/run.ts';
import type { MovedObject } from '../../../proof/hop.ts';
import { type ShownHop, shownHops } from '../../../words/hop.ts';
import { html, label, type Markup } from '../markup.ts';
import type { RunSection } from '../section.ts';

/** Further paths unfold: labs about scale have one for each number of Services. */
const SHOWN = 8;

/** Every way as it was proven, hop by hop, with the processes on it marked. */
export const paths: RunSection = ({ shown: { analysis } }) => {
  const drawings = analysis.families.flatMap(provenPaths).map(drawing);
  if (drawings.length === 0) return undefined;
  const more = drawings.slice(SHOWN);
  return {
    id: 'paths',
    title: 'Paths, as proven',
    body: html`<p class="key"><span class="hop process">a process</span> copies every byte; <span class="hop kernel">a kernel</span> forwards packets.</p>
${drawings.slice(0, SHOWN)}${
  more.length > 0 && html`<details class="more"><summary>${more.length} more paths</summary>${more}</details>`
}`,
  };
};

interface Path {
  readonly hops: readonly ShownHop[];
  readonly scenarios: readonly string[];
  readonly objects: readonly MovedObject[];
  /** Nothing contradicts it, and not all of it could be looked at. */
  readonly partly: boolean;
}

/** Scenarios with the same hops share a drawing. */
function provenPaths({ tables }: FamilyAnalysis): Path[] {
  const groups = new Map<string, Omit<Path, 'scenarios'> & { scenarios: Set<string> }>();
  for (const { mode, place, hops = [], nodes, objects = [], unobserved } of tables.flatMap(({ cells }) => cells)) {
    if (hops.length === 0) continue;
    const shown = shownHops({ hops, nodes, objects });
    const partly = unobserved.some(({ subject }) => subject === 'path');
    const key = JSON.stringify([shown, partly]);
    const group = groups.get(key) ?? { hops: shown, objects, partly, scenarios: new Set() };
    group.scenarios.add(`${mode}, ${place}`);
    groups.set(key, group);
  }
  return [...groups.values()].map((group) => ({ ...group, scenarios: [...group.scenarios] }));
}

function drawing({ hops, scenarios, objects, partly }: Path): Markup {
  const processes = hops.filter(({ part }) => part === 'process');
  const carried = processes.map(({ program }, index) => html`${index > 0 && ', '}${label(program ?? 'a process')}`);
  return html`<div class="path"><p>${scenarios.map((name, index) => html`${index > 0 && '; '}${label(name)}`)} <span class="note">${processes.length === 0 ? 'no process in the path' : html`through ${carried}`}${partly && ' (as far as observable)'}</span></p>
<ol>${hops.map(hopBox)}</ol>${objects.length > 0 && movedList(objects)}</div>`;
}

/** What the connections of the proof moved, by node. */
const movedList = (objects: readonly MovedObject[]): Markup =>
  html`<details class="moved"><summary>${objects.length} object${objects.length === 1 ? '' : 's'} that counted its new connections</summary><ul>${objects.map(movedItem)}</ul></details>`;

const movedItem = ({ kind, node, name, moved }: MovedObject): Markup =>
  html`<li>${label(node)}: ${kind.replaceAll('-', ' ')} <code>${label(name)}</code> <b>${moved}</b></li>`;

const hopBox = ({ part, program, text }: ShownHop): Markup =>
  html`<li class="hop ${part}"><span class="kind">${part}${program !== undefined && html` <b>${label(program)}</b>`}</span> ${label(text)}</li>`;
