import type { Command, Option } from 'commander';
import { UsageError } from './errors.ts';
import { plainLabel } from './plain.ts';

/**
 * Has every option of a command, and of those below it, refuse a value that is an option itself: the one that was meant to follow was
 * left out, and the next option would be swallowed (`--context --dry-run` would run for real). A part behind `=`, as in
 * `--image name=--dry-run`, is refused like the whole. A negative number is a value, and what takes it says what it allows.
 */
export function refuseOptionsAsValues(command: Command): void {
  for (const option of command.options) if (option.required || option.optional) guard(option);
  for (const inner of command.commands) refuseOptionsAsValues(inner);
}

function guard(option: Option): void {
  const parse = option.parseArg;
  option.argParser((value: string, before: unknown) => {
    refuse(option, value);
    return parse ? parse(value, before as never) : value;
  });
}

/** @throws UsageError */
function refuse({ long, flags }: Option, value: string): void {
  if (value.trim() === '') throw new UsageError(`${long} needs a value, and got none`, { remedy: `write ${flags}` });
  if (!isOption(value) && !value.includes('=--')) return;
  throw new UsageError(`${long} needs a value, and got ${plainLabel(value)}, which reads as an option`, {
    remedy: `write ${flags}; a path that begins with a hyphen is written with ./ before it`,
  });
}

const isOption = (text: string): boolean => /^-(?![\d.]+$)/.test(text.trim());
