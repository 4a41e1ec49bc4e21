const COLUMNS = 100;

/** Lines of at most 100 (or so many) columns that begin with a head; those after the first stand under the first one's text. */
export function wrap(text: string, head: string, columns: number = COLUMNS): string[] {
  const indent = ' '.repeat(head.length);
  const lines: string[] = [];
  let words: string[] = [];
  for (const word of text.split(/\s+/)) {
    if (words.length > 0 && [indent, ...words, word].join(' ').length - 1 > columns) {
      lines.push(words.join(' '));
      words = [];
    }
    words.push(word);
  }
  return [...lines, words.join(' ')].map((line, index) => `${index === 0 ? head : indent}${line}`);
}
