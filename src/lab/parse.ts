import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, visit } from 'yaml';
import { LabFileError } from '../errors.ts';
import { plainLabel } from '../plain.ts';
import type { Problem } from './problem.ts';
import { checkLab } from './problems.ts';
import type { LabFile } from './schema.ts';

/** Problems that are shown; the rest is counted. */
const SHOWN = 20;
/** What stands in no YAML text (YAML 1.2.2, 5.1, c-printable), and what would turn the text around it. */
const UNPRINTABLE =
  /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

interface Fault {
  readonly offset: number;
  readonly message: string;
}

/**
 * Makes what a lab file says of its text.
 * @param shown the file as messages name it.
 * @throws LabFileError with its problems in their order, a line each, as "labs/x.yaml:12:5: message, allowed: a, b".
 */
export function parseLabText(text: string, shown: string): LabFile {
  const lines = new LineCounter();
  const { lab, faults, more } = examine(text.replace(/^\ufeff/, ''), lines);
  if (lab) return lab;
  const sorted = faults.toSorted((a, b) => a.offset - b.offset);
  const rows = sorted.slice(0, SHOWN).map(({ offset, message }) => {
    const { line, col } = lines.linePos(offset);
    return `${shown}:${Math.max(line, 1)}:${Math.max(col, 1)}: ${plainLabel(message)}`;
  });
  const left = sorted.length - rows.length + more;
  throw new LabFileError([...rows, ...(left > 0 ? [`and ${left.toLocaleString('en')} more`] : [])].join('\n'));
}

interface Examined {
  readonly lab?: LabFile;
  readonly faults: readonly Fault[];
  /** How many faults were only counted. */
  readonly more: number;
}

function examine(text: string, lines: LineCounter): Examined {
  const odd = UNPRINTABLE.exec(text);
  if (odd) {
    lines.addNewLine(0);
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
    return { faults: [{ offset: odd.index, message: `a character that YAML does not allow: ${named(odd[0])}` }], more: 0 };
  }
  try {
    // The library compares each key of a map with each: what is quadratic is done here, by a set.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'error' });
    return examineDocument(document);
  } catch (error) {
    if (error instanceof RangeError) return { faults: [{ offset: 0, message: 'it is nested too deeply' }], more: 0 };
    throw error;
  }
}

const named = (character: string): string => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;

function examineDocument(document: Document): Examined {
  const said = [...document.errors, ...document.warnings].map(({ pos, message }) => ({ offset: pos[0], message }));
  if (document.errors.length > 0) return { faults: said, more: 0 };
  const faults = [...said, ...repeatedKeys(document)];
  const { lab, problems, more = 0 } = check(document);
  const found = problems.map((problem) => ({ offset: offsetOf(document, problem), message: sentence(problem) }));
  return lab && faults.length === 0 ? { lab, faults, more } : { faults: [...faults, ...found], more };
}

function repeatedKeys(document: Document): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Map: (_key, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name)) faults.push({ offset: (key as Node | null)?.range?.[0] ?? 0, message: 'Map keys must be unique' });
        seen.add(name);
      }
    },
  });
  return faults;
}

function check(document: Document): ReturnType<typeof checkLab> {
  try {
    return checkLab(document.toJS());
  } catch (error) {
    // An alias without its anchor, or more of them than a lab can need ("billion laughs").
    if (error instanceof ReferenceError) return { problems: [{ path: [], message: error.message }] };
    throw error;
  }
}

function sentence({ message, suggestion, allowed }: Problem): string {
  const said = suggestion === undefined ? message : `${message}, did you mean ${suggestion}?`;
  if (allowed === undefined) return said;
  const comma = suggestion === undefined ? ',' : '';
  return `${said}${comma} allowed: ${typeof allowed === 'string' ? allowed : allowed.join(', ')}`;
}

/** Where a problem is: its key or value; for what is missing, the map that lacks it. */
function offsetOf(document: Document, problem: Problem): number {
  let node: Node | null = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, step] of problem.path.entries()) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    const pair: Pair<Node | null, Node | null> | undefined = isMap<Node | null, Node | null>(node)
      ? node.items.findLast(({ key }) => isScalar(key) && String(key.value) === String(step))
      : undefined;
    const value: Node | null | undefined = isSeq<Node>(node) && typeof step === 'number' ? node.items[step] : pair?.value;
    if (value === undefined && pair === undefined) return offset;
    const wantsKey = pair && problem.at === 'key' && index === problem.path.length - 1;
    offset = (wantsKey ? pair.key?.range?.[0] : (value?.range?.[0] ?? pair?.key?.range?.[0])) ?? offset;
    node = value ?? null;
  }
  return offset;
}
