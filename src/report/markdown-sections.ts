/** A part of a Markdown text that may be cut between its lines. */
export interface MarkdownSection {
  /** Lines that stand before all others or not at all: a title, the head of a table. */
  readonly head: readonly string[];
  readonly lines: readonly string[];
  /** Lines after them, if any stands: what closes a fold. */
  readonly tail?: readonly string[];
}

/**
 * The sections as one text of at most so many characters. Those that stand first are kept first; where one is cut, or left out, the text
 * says so.
 * @param whole where the reader finds what is left out.
 */
export function fitted(sections: readonly MarkdownSection[], limit: number, whole: string): string {
  let left = limit - END_NOTE;
  let omitted = 0;
  const texts: string[] = [];
  for (const section of sections) {
    if (section.lines.length === 0) continue;
    const text = cutTo(section, left, whole);
    if (text === undefined) omitted += 1;
    else {
      texts.push(text);
      left -= text.length + 2;
    }
  }
  if (omitted > 0) texts.push(`_Left out for its length: ${omitted} more section${omitted === 1 ? '' : 's'}; ${whole}._`);
  return `${texts.join('\n\n')}\n`;
}

/** Room that is kept for the note about whole sections. */
const END_NOTE = 300;

function cutTo({ head, lines, tail = [] }: MarkdownSection, limit: number, whole: string): string | undefined {
  const text = (kept: readonly string[]) => [...head, ...kept, ...tail].join('\n');
  if (text(lines).length <= limit) return text(lines);
  const note = (count: number) => ['', `_Left out for their length: ${count} more line${count === 1 ? '' : 's'}; ${whole}._`];
  let room = limit - text(note(lines.length)).length;
  let kept = 0;
  while (kept < lines.length && lines[kept]!.length + 1 <= room) {
    room -= lines[kept]!.length + 1;
    kept += 1;
  }
  return kept === 0 ? undefined : text([...lines.slice(0, kept), ...note(lines.length - kept)]);
}
