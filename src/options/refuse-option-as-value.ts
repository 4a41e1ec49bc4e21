import type { Option } from 'commander';
import { UsageError } from '../errors.ts';
import { plainLabel } from '../plain.ts';

/**
 * Refuses a value that is an option itself: the value was left out, and the next option would be swallowed (`--context --dry-run` would
 * run for real). A part behind `=`, as in `--image name=--dry-run`, is refused like the whole. A negative number is a value, and what takes
 * it says what it allows.
 * @throws UsageError
 */
export function refuseOptionAsValue({ long, flags }: Pick<Option, 'long' | 'flags'>, value: string): void {
  if (value.trim() === '') throw new UsageError(`${long} needs a value`, { remedy: `write ${flags}` });
  if (!isOption(value) && !value.includes('=--')) return;
  throw new UsageError(`${long} needs a value, but ${plainLabel(value)} looks like an option`, {
    remedy: `write ${flags}; put ./ before a path that begins with a hyphen`,
  });
}

const isOption = (text: string): boolean => /^-(?![\d.]+$)/.test(text.trim());
