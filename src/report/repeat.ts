import type { Plan } from '../lab/plan.ts';
import { argumentsOf } from '../options/arguments.ts';

/** The command that runs a plan again: same lab or file, provider with its options, changes and order of cells. The lab's file may have changed since. */
export function repeatCommand({ lab, file, provider, overrides, seed }: Plan): string {
  const words = argumentsOf({ provider: provider.name, ...provider.options, ...overrides, seed }).flat();
  return ['npm run lab', quoted(file ?? lab.name), '--', ...words.map(quoted)].join(' ');
}

/** A word of a POSIX shell. */
export const quoted = (word: string): string => (/^[\w./:=@,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
