import type { EnvironmentDifference } from '../compare/environment.ts';
import type { Json } from '../compare/volatile-facts.ts';

/** "machine: cpuModel: Other CPU now, Example CPU then", a line for each difference between the environments of two runs. */
export const differenceLines = (differences: readonly EnvironmentDifference[]): string[] => differences.map(differenceLine);

function differenceLine(difference: EnvironmentDifference): string {
  const head = `${difference.where.join(', ')}: ${difference.fact}:`;
  switch (difference.code) {
    case 'differs': {
      const [now, then] = onlyWhatDiffers(difference.now, difference.before);
      return `${head} ${now} now, ${then} then`;
    }
    case 'unknown-before':
      return `${head} ${shown(difference.now)} now, not recorded then`;
    case 'unknown-now':
      return `${head} not recorded now, ${shown(difference.before)} then`;
  }
}

/** Of files, such as kube-proxy's configuration, the lines that the other does not have. */
function onlyWhatDiffers(now: Json, then: Json): [string, string] {
  if (typeof now !== 'string' || typeof then !== 'string' || !(now + then).includes('\n')) return [shown(now), shown(then)];
  const [ours, theirs] = [now.split('\n'), then.split('\n')];
  const missingIn = (lines: readonly string[], other: readonly string[]) =>
    lines
      .filter((line) => !other.includes(line))
      .map((line) => line.trim())
      .join('; ') || 'the same lines in another order';
  return [missingIn(ours, theirs), missingIn(theirs, ours)];
}

function shown(value: Json): string {
  if (typeof value === 'string') return value === '' ? 'empty' : value;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(shown).join(', ');
  const parts = Object.entries(value as { readonly [key: string]: Json });
  return parts.map(([key, part]) => `${key} ${shown(part)}`).join(', ');
}
