import type { Plan } from '../lab/plan.ts';

/** The command that runs a plan again: same lab or file, provider, changes and order of cells. The lab's file may have changed since. */
export function repeatCommand({ lab, file, provider, overrides, seed }: Plan): string {
  const changes = Object.entries({ ...overrides, seed }).flatMap(([option, value]) =>
    [value].flat().flatMap((one) => [`--${option}`, quoted(String(one))]),
  );
  return ['npm run lab', quoted(file ?? lab.name), '--', '--provider', quoted(provider.name), ...changes].join(' ');
}

/** A word of a POSIX shell. */
export const quoted = (word: string): string => (/^[\w./:=@,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
