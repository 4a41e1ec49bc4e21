import type { ControllerName } from '../../src/cluster/contract/topology.ts';
import { differences } from './request-differences.ts';
import { requestCases } from './requests.ts';

export const tableColumns: readonly ControllerName[] = ['nginx', 'haproxy', 'traefik'];

/** What each controller is known to do, by request, in their order. */
export const knownOutcomes = (name: ControllerName): string[] =>
  requestCases.map(
    (one) =>
      differences.find(({ request, outcomes }) => request === one.name && outcomes[name] !== undefined)?.outcomes[name] ??
      one.right,
  );

const BEGIN = '<!-- requests: written by scripts/ingress-conformance.mjs -->';
const END = '<!-- /requests -->';

/** A page with the table in the place of the one that it has. */
export function withRequestTable(page: string, outcomes: Readonly<Record<ControllerName, readonly string[]>>): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no "${BEGIN}" and "${END}"`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${requestTable(outcomes)}\n\n${page.slice(end)}`;
}

/** Markdown: a line for each request; a cell says "same", or what the controller does instead and by which note below. */
function requestTable(outcomes: Readonly<Record<ControllerName, readonly string[]>>): string {
  const notes: string[] = [];
  const noteOf = (request: string): number => {
    const { why = 'not documented', allowed = false } = differences.find((one) => one.request === request) ?? {};
    const note = `${why}${allowed ? '' : ' Violates the rule.'}`;
    if (!notes.includes(note)) notes.push(note);
    return notes.indexOf(note) + 1;
  };
  const rows = requestCases.map(({ name, authority, right }, index) => [
    name,
    authority,
    right,
    ...tableColumns.map((column) => {
      const outcome = outcomes[column][index]!;
      return outcome === right ? 'same' : `${outcome} (${noteOf(name)})`;
    }),
  ]);
  const cells = [['request', 'decided by', 'outcome', ...tableColumns], ...rows].map((row) => row.map(inCell));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const [head, ...body] = cells;
  return [
    line(head!),
    line(widths.map((width) => '-'.repeat(width))),
    ...body.map(line),
    '',
    ...notes.map((note, index) => `${index + 1}. ${note}`),
  ].join('\n');
}

const inCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
